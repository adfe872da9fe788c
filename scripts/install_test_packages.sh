#!/bin/sh
# Install Debian packages that are missing; where that is not possible, say so and go on: the tests
# that need them are skipped, and name what they miss.
#
#     scripts/install_test_packages.sh chromium rabbitmq-server prometheus
set -eu

missing=""
for package in "$@"; do
    dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
        missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "These are not here, and there is no apt-get to install them:$missing" >&2
    exit 0
fi
as_root=""
if [ "$(id -u)" -ne 0 ]; then
    if ! sudo --non-interactive true 2>/dev/null; then
        echo "Only root can install these:$missing" >&2
        exit 0
    fi
    as_root="sudo"
fi
# RUNLEVEL=1 keeps the packages from starting their services: the tests start their own.
$as_root env DEBIAN_FRONTEND=noninteractive apt-get update --quiet --quiet
# shellcheck disable=SC2086 - the names are words
$as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
    apt-get install --yes --quiet --quiet --no-install-recommends $missing
