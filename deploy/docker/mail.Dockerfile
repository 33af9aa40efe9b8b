# The mail catcher of development: docker build -f deploy/docker/mail.Dockerfile .
FROM node:24-slim
WORKDIR /app
COPY deploy/mail/package.json deploy/mail/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY deploy/mail/server.mjs ./
ENV NODE_ENV=production HOST=0.0.0.0 SMTP_PORT=1025 WEB_PORT=1080 MAIL_FOLDER=/tmp/mails
USER node
EXPOSE 1025 1080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:1080/api/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-old-space-size=96", "server.mjs"]
