#!/bin/sh
# systemd on Debian 12: a service with SystemCallFilter=@system-service cannot put its own processes into a sandbox.
#
# Version: systemd 252 as Debian 12 ships it (its package is downloaded and unpacked, nothing is installed).
# Behaviour: @system-service, "a reasonable set of system calls used by common system services", holds neither seccomp(2) nor the three
#   calls of Landlock. They are in no set at all. prctl(2) is in it, so no_new_privs still works, and the older way to a filter too.
# Why it matters: a program that confines its children where the kernel lets it, and goes on where it does not, is confined on the
#   developer's desk and not in the hardened unit: the refusal (EPERM) looks like a kernel without the feature. The unit has to name the
#   calls: SystemCallFilter=landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp
# Source: systemd.exec(5), "SystemCallFilter="; `systemd-analyze syscall-filter`. Later versions gather these calls in the set @sandbox.
# Output seen:
#   systemd 252: @system-service lets 376 calls through
#   prctl: yes
#   seccomp: no
#   landlock_create_ruleset: no
#   landlock_add_rule: no
#   landlock_restrict_self: no
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download systemd libsystemd-shared libsystemd0
for package in *.deb; do dpkg-deb -x "$package" unpacked; done
analyze() {
    LD_LIBRARY_PATH=$(dirname "$(find "$folder/unpacked" -name 'libsystemd-shared-*.so')") \
        "$folder/unpacked/usr/bin/systemd-analyze" "$@"
}
# A set's calls, and those of the sets in it.
calls() {
    analyze syscall-filter "$1" | tail -n +2 | while read -r name rest; do
        case $name in
        '#' | '') ;;
        @*) calls "$name" ;;
        *) echo "$name" ;;
        esac
    done
}
version=$(analyze --version | sed -n '1s/ (.*//p')
calls @system-service | sort -u >let
echo "$version: @system-service lets $(wc -l <let) calls through"
[ "$version" = "systemd 252" ]
for call in prctl seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self; do
    if grep -qx "$call" let; then answer=yes; else answer=no; fi
    echo "$call: $answer"
    [ "$answer" = "$([ "$call" = prctl ] && echo yes || echo no)" ]
done
