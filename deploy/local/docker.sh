#!/bin/sh
# The same commands as the native stack's, by Docker Compose: docker.sh up | dev | down | stop | start | restart | status | logs | scale | seed | reset
set -eu
cd "$(dirname "$0")/../.."

compose() { docker compose --env-file .env -f deploy/docker-compose.yml "$@"; }
fail() {
  printf 'Error: %s\n' "$*" >&2
  exit 1
}
value() { sed -n "s/^$1=//p" .env | tail -n 1; }
port=8000
if [ ! -e .env ]; then
  cp .env.example .env
  echo "Made .env from .env.example (development secrets)."
fi
# Which build it is: as .env says, or as the checkout does.
: "${VERSION:=$(value VERSION)}"
: "${VERSION:=$(git describe --tags --always --dirty 2>/dev/null || true)}"
export VERSION

seed() {
  for service in identity catalog booking; do
    compose exec -T "$service-api" python -m "$service" seed-demo
  done
}

start() {
  mkdir -p .local
  : >.local/docker
  compose up -d --build --wait --wait-timeout 600 || {
    compose ps --all
    compose logs --tail 25
    fail "the containers did not get ready; the end of their logs is above"
  }
  code=
  for _ in $(seq 60); do
    code=$(curl -s -o /dev/null -w '%{http_code}' "http://localhost:$port/api/sessions/" || true)
    [ "$code" != 200 ] || break
    sleep 1
  done
  [ "$code" = 200 ] || fail "GET http://localhost:$port/api/sessions/ answers $code"
  if [ ! -e .local/docker-seeded ] && [ "$(value DEBUG | tr '[:upper:]' '[:lower:]')" = true ]; then
    echo "Entering the demo data …"
    seed
    : >.local/docker-seeded
  fi
  mails=
  [ "$(value SMTP_HOST)" != mail ] || mails="
  http://localhost:1080   every mail that the system sends; none leaves this machine"
  cat <<END

  http://localhost:$port   the marketplace; its API's documentation: http://localhost:$port/api/docs/$mails
  Demo accounts        creator@test.com / test123 (creator), user@test.com / test123 (user)

  make status          what runs             make logs [SERVICE=booking-api]   what it says
  make down            stop, keep the data   make scale SERVICE=booking-api N=3
  make reset           delete the data       make test

END
}

command=$1
shift
case $command in
  up) start ;;
  dev)
    start
    trap 'compose stop' EXIT
    trap 'exit 130' INT TERM
    compose logs -f --tail 10
    ;;
  down) compose down --remove-orphans ;;
  stop) compose stop "$1" ;;
  start) compose up -d --no-recreate --no-deps --wait "$1" ;;
  restart)
    # In turn; the gateway asks another container while one is away.
    for container in $(compose ps -q "$1"); do
      docker restart -t 40 "$container" >/dev/null
      compose up -d --no-recreate --no-deps --wait "$1"
    done
    ;;
  status) compose ps --all ;;
  logs) compose logs -f --tail 40 "$@" ;;
  scale)
    case $1 in
      *-api | *-worker | frontend) ;;
      *) fail "SERVICE is frontend, or identity, catalog or booking with -api or -worker: booking-api" ;;
    esac
    compose up -d --no-recreate --no-deps --wait --scale "$1=$2" "$1"
    ;;
  seed) seed ;;
  run)
    service=$1
    shift
    tty=
    [ -t 0 ] || tty=-T
    # shellcheck disable=SC2086
    compose exec $tty -e IDENTITY_ADMIN_PASSWORD "$service-api" python -m "$service" "$@"
    ;;
  reset)
    if [ "${1:-}" != --force ]; then
      [ -t 0 ] || fail "this deletes all data; say FORCE=1 where nobody can be asked"
      printf 'Stop everything and delete all data? [y/N] '
      read -r answer
      case $answer in [yY]*) ;; *) exit 0 ;; esac
    fi
    compose down --volumes --remove-orphans
    rm -f .local/docker .local/docker-seeded
    ;;
  *) fail "no such command: $command" ;;
esac
