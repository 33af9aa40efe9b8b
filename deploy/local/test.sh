#!/bin/sh
# make test: lint and every suite, each with its own closing line; ends with what failed, if anything did.
#
#   test.sh [NAME…]    only these: lint audit unit contract architecture integration gateway deploy e2e resilience browser;
#                      rounds and fuzz, which aren't among them, are parts of integration and e2e with larger numbers
#
# One pair of native servers serves the suites (containers instead where an engine answers and TEST_INFRA isn't native);
# e2e, resilience and browser run against whole systems of their own, which stand beside a running `make up` and are deleted afterwards.
set -u
cd "$(dirname "$0")/../.."

temporary=$(mktemp -d)
failed=
steps=${*:-lint audit unit contract architecture integration gateway deploy e2e resilience browser}
case " $steps " in
  *" browser "*) deploy/local/bootstrap.sh browser ;;
  *) deploy/local/bootstrap.sh ;;
esac || exit 1
case " $steps " in *" lint "* | *" unit "* | *" integration "* | *" browser "*) deploy/local/frontend.sh packages || exit 1 ;; esac

stack() { PYTHONPATH=deploy/local .venv/bin/python -m stack "$@"; }
cleanup() {
  for state in "$temporary/servers" .local/test; do
    if [ -e "$state/settings.json" ]; then stack --state "$state" reset --force >/dev/null; fi
  done
  rm -rf "$temporary"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

run() {
  name=$1
  shift
  printf '\n=== %s\n' "$name"
  "$@" || failed="$failed $name,"
}

# suite NAME FOLDER…: pytest over those that exist.
suite() {
  name=$1
  shift
  found=
  for folder in "$@"; do
    if [ -d "$folder" ]; then found="$found $folder"; fi
  done
  # shellcheck disable=SC2086
  if [ -n "$found" ]; then run "$name" .venv/bin/pytest $found; fi
}

# Suites of real processes repeat a failed test once, and show its first failure at their end: what a busy machine did to
# it, or a rare defect to look for. Long runs (make rounds, chaos) repeat nothing.
once_more() { PYTEST_ADDOPTS="--reruns 1 --rerun-show-tracebacks" "$@"; }

servers() {
  if [ -n "${TEST_POSTGRES:-}" ] && [ -n "${TEST_RABBITMQ:-}" ]; then return; fi
  # Where an engine answers, the fixtures start containers themselves.
  if [ "${TEST_INFRA:-}" != native ] && command -v docker >/dev/null && timeout 15 docker info >/dev/null 2>&1; then return; fi
  stack --state "$temporary/servers" up --only postgres,rabbitmq --management --throwaway --until-pid $$ >"$temporary/log" 2>&1 || {
    cat "$temporary/log" >&2
    exit 1
  }
  addresses=$(stack --state "$temporary/servers" env)
  TEST_POSTGRES=$(printf '%s\n' "$addresses" | sed -n 's/^TEST_POSTGRES=//p')
  TEST_RABBITMQ=$(printf '%s\n' "$addresses" | sed -n 's/^TEST_RABBITMQ=//p')
  export TEST_POSTGRES TEST_RABBITMQ
}

# Stands in for Google and GitHub; what identity has to be told of it is exported. It ends with the shell that started it.
provider() {
  node frontend/e2e/support/provider.mjs >"$temporary/provider" 2>"$temporary/provider.log" &
  until grep -q '^$' "$temporary/provider"; do
    kill -0 $! 2>/dev/null || { cat "$temporary/provider.log" >&2; return 1; }
    sleep 0.2
  done
  while IFS= read -r setting; do
    if [ -n "$setting" ]; then export "${setting?}"; fi
  done <"$temporary/provider"
}

# on_a_system SEED COMMAND…: against a whole system, with demo data (--seed) or without (--no-seed). In a shell of its own,
# so that its settings stay there.
on_a_system() (
  seed=$1
  shift
  if [ -e .local/test/settings.json ]; then stack --state .local/test reset --force; fi
  # Higher limits: all tests come from one address.
  export RATE_LIMIT=2000 RATE_LIMIT_BURST=4000 LOGIN_FAILURES_PER_ADDRESS=100000 REGISTRATIONS_BURST=100000 LOG_FORMAT=json
  # Random requests give wrong passwords for their own account, and log in again.
  export LOGIN_BACKOFF_AFTER=100000
  deploy/local/frontend.sh packages || return 1
  provider || return 1
  stack --state .local/test up --gateway-port 0 "$seed" --throwaway --until-pid $$ || return 1
  addresses=$(stack --state .local/test env)
  GATEWAY_URL=$(printf '%s\n' "$addresses" | sed -n 's/^GATEWAY_URL=//p')
  MAIL_URL=$(printf '%s\n' "$addresses" | sed -n 's/^MAIL_URL=//p')
  export GATEWAY_URL MAIL_URL
  STACK_STATE=$PWD/.local/test "$@"
  result=$?
  if [ $result -ne 0 ]; then
    stack --state .local/test status
    stack --state .local/test logs --no-follow | grep -E '"level": "(error|critical)"|Traceback|Error:' | tail -n 60
  fi
  stack --state .local/test reset --force
  return $result
)

web() { (cd frontend && npm run --silent "$@"); }
# At the site's own address: passkeys are made for its name, and cookies belong to it.
browser() { WEB_URL=$(echo "$GATEWAY_URL" | sed 's/127\.0\.0\.1/localhost/') web e2e; }

for step in $steps; do
  case $step in
    lint)
      run "ruff check" .venv/bin/ruff check .
      run "ruff format" .venv/bin/ruff format --check .
      run "mypy" .venv/bin/mypy --strict shared/src services/*/src deploy/local deploy/rabbitmq
      run "import rules" .venv/bin/lint-imports
      run "web: API types" web api:check
      run "web: eslint" web lint
      run "web: types" web typecheck
      ;;
    audit) run "audit" .venv/bin/python deploy/local/audit.py ;;
    unit)
      suite "unit" shared/tests/unit services/*/tests/unit
      run "web: unit" web test
      ;;
    contract) suite "contract" shared/tests/contract services/*/tests/contract ;;
    architecture) suite "architecture" tests/architecture ;;
    integration)
      servers
      # One at a time: each has a database of its own, and migrates it in its own way.
      for folder in shared/tests/integration services/*/tests/integration; do
        once_more suite "integration: ${folder%/tests/*}" "$folder"
      done
      ;;
    gateway) once_more suite "gateway" gateway/tests ;;
    deploy)
      servers
      once_more suite "deploy" deploy/tests
      ;;
    e2e) run "end-to-end" on_a_system --no-seed .venv/bin/pytest --reruns 1 --rerun-show-tracebacks tests/e2e ;;
    fuzz) run "fuzz" on_a_system --no-seed .venv/bin/pytest tests/e2e/security/test_fuzz.py ;;
    rounds)
      servers
      tests=services/booking/tests/integration
      run "booking, long" .venv/bin/pytest "$tests/test_rounds.py" "$tests/test_stateful.py" "$tests/test_replicas.py" "$tests/test_revenue.py"
      run "catalog, long" .venv/bin/pytest services/catalog/tests/integration/test_events.py
      ;;
    resilience) once_more suite "resilience" tests/resilience ;;
    browser) run "browser" on_a_system --seed browser ;;
    *)
      echo "test.sh: no such step: $step" >&2
      exit 2
      ;;
  esac
done

if [ -n "$failed" ]; then
  printf '\nFAILED:%s\n' "${failed%,}"
  exit 1
fi
printf '\nAll passed: %s\n' "$steps"
