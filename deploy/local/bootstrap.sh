#!/bin/sh
# Makes sure that what the native system needs is installed: Debian packages and .venv. Takes no time when it is.
#
#   bootstrap.sh [browser]      with Chromium, which only the tests need
#
# Debian packages are installed with administrator rights when some are missing (sudo, unless already root), and what
# they would start by themselves, now or at boot, is kept from starting: this project runs its own processes.
# NO_INSTALL=1 forbids it: then missing ones are an error.
set -eu
cd "$(dirname "$0")/../.."

say() { printf '%s\n' "$*"; }
fail() {
  printf 'Error: %s\n' "$*" >&2
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }

if [ "$(id -u)" -eq 0 ]; then
  as_root() { env "$@"; }
else
  as_root() { sudo env "$@"; }
fi

# One at a time in a checkout.
exec 9<Makefile
flock 9

# --- a Python that is new enough
python=
for candidate in python3 python3.13 python3.12 python3.11 python3.14; do
  if have "$candidate" && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=$candidate
    break
  fi
done

# --- what is missing
browser=${1:-}
missing=
need() { missing="$missing $*"; }
[ -n "$python" ] || need python3
[ -n "$python" ] && "$python" -c 'import ensurepip, venv' 2>/dev/null || need python3-venv
set -- /usr/lib/postgresql/*/bin/postgres
[ -x "$1" ] || have postgres || need postgresql
[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || need rabbitmq-server
have nginx || need nginx
have npm || need npm
have curl || need curl
[ "$browser" != browser ] || have chromium || need chromium

install_packages() {
  temporary=$(mktemp -d)
  cat >"$temporary/policy-rc.d" <<'END'
#!/bin/sh
exit 101
END
  chmod 755 "$temporary/policy-rc.d"
  own_policy=
  own_cluster=
  undo() {
    if [ -n "$own_policy" ]; then as_root rm -f /usr/sbin/policy-rc.d; fi
    if [ -n "$own_cluster" ]; then as_root rm -f /etc/postgresql-common/createcluster.d/marketplace.conf; fi
    rm -rf "$temporary"
  }
  trap undo EXIT
  trap 'exit 130' INT TERM
  # Asked by every package before it starts its service.
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    as_root install -m 755 "$temporary/policy-rc.d" /usr/sbin/policy-rc.d
    own_policy=1
  fi
  case $missing in
    *postgresql*)
      # The package would make a database of its own that nobody uses.
      printf 'create_main_cluster = false\n' >"$temporary/cluster.conf"
      as_root install -D -m 644 "$temporary/cluster.conf" /etc/postgresql-common/createcluster.d/marketplace.conf
      own_cluster=1
      ;;
  esac
  apt() { as_root DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" >>"$temporary/log" 2>&1 9<&-; }
  set -- /var/lib/apt/lists/*_Packages*
  [ -e "$1" ] || apt update || true
  # shellcheck disable=SC2086
  if ! apt install -y --no-install-recommends $missing; then
    # Lists that are too old name files that are gone.
    # shellcheck disable=SC2086
    apt update && apt install -y --no-install-recommends $missing || {
      tail -n 20 "$temporary/log" >&2
      fail "these Debian packages can't be installed:$missing"
    }
  fi
  if [ -d /run/systemd/system ]; then
    for package in $missing; do
      case $package in
        postgresql | rabbitmq-server | nginx) as_root systemctl disable --quiet "$package" >/dev/null 2>&1 || true ;;
      esac
    done
  fi
  undo
  trap - EXIT INT TERM
}

if [ -n "$missing" ]; then
  have apt-get || fail "please install:$missing (there is no apt-get here to do it; with Docker, STACK=docker needs none of it)"
  [ -z "${NO_INSTALL:-}" ] || fail "please install:$missing"
  if [ "$(id -u)" -ne 0 ]; then
    have sudo || fail "an administrator has to run: apt-get install$missing"
    sudo -n true 2>/dev/null || [ -t 0 ] || fail "an administrator has to run: apt-get install$missing"
  fi
  say "Installing Debian packages:$missing"
  install_packages
  [ -n "$python" ] || python=python3
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "Python 3.11 or newer is needed"
fi

# --- .venv
members="shared services/identity services/catalog services/booking"
projects=
for member in $members; do projects="$projects $member/pyproject.toml"; done
# shellcheck disable=SC2086
want=$({
  pwd
  "$python" -c 'import sys; print(sys.version, sys.prefix)'
  cat requirements-dev.lock deploy/local/uv.lock.txt $projects
} | sha256sum)
if [ "$want" != "$(cat .venv/.stamp 2>/dev/null)" ] || ! .venv/bin/python -c '' 2>/dev/null; then
  say "Installing Python packages into .venv …"
  log=$(mktemp)
  uv() { VIRTUAL_ENV="$PWD/.venv" .venv/bin/uv --no-progress "$@"; }
  editables=
  for member in $members; do editables="$editables -e $member"; done
  # The members are built with what stands in the lock, so that nothing unpinned is fetched.
  # shellcheck disable=SC2086
  {
    { .venv/bin/python -c 'import pip' 2>/dev/null || "$python" -m venv --clear .venv; } &&
      .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r deploy/local/uv.lock.txt &&
      uv pip install --quiet --require-hashes -r requirements-dev.lock &&
      uv pip install --quiet --no-deps --no-build-isolation $editables
  } >"$log" 2>&1 9<&- || {
    tail -n 30 "$log" >&2
    fail "the Python packages can't be installed (see above)"
  }
  rm -f "$log"
  printf '%s\n' "$want" >.venv/.stamp
fi
