# The gateway: docker build -f deploy/docker/gateway.Dockerfile .
FROM node:24-slim AS static
WORKDIR /build
COPY gateway/docs/package.json gateway/docs/package-lock.json gateway/docs/build.sh gateway/docs/index.html \
    gateway/docs/page.js gateway/docs/page.css docs/
COPY gateway/openapi.json .
RUN docs/build.sh /static

FROM nginx:1.28
# Port 8080, since an ordinary user listens there in every container engine; all that is written is below /gateway/run.
ENV GATEWAY_HOST=0.0.0.0 GATEWAY_PORT=8080 GATEWAY_INTERNAL_HOST=0.0.0.0 GATEWAY_INTERNAL_PORT=8081 \
    GATEWAY_STATE_DIR=/gateway/run/state GATEWAY_STATIC_DIR=/gateway/static \
    GATEWAY_ACCESS_LOG=/dev/stdout GATEWAY_ERROR_LOG=stderr
WORKDIR /gateway
COPY --from=static /static static
COPY deploy/nginx/nginx.conf.template deploy/nginx/
COPY gateway/render.sh gateway/upstreams.sh gateway/entrypoint.sh gateway/
COPY gateway/conf gateway/conf
RUN mkdir -p run && chown nginx:nginx run
USER nginx
VOLUME /gateway/run
EXPOSE 8080
# Finish what is in hand, then end.
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 \
    CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:8080/healthz"]
ENTRYPOINT ["/gateway/gateway/entrypoint.sh"]
CMD []
