#!/usr/bin/env bash
# Makes this computer a Loquet unit or a Loquet server. May be run again at any time.
#
#   sudo bash install.sh unit [OPTIONS]      a Raspberry Pi on the wall
#   sudo bash install.sh server [OPTIONS]    the machine with members, policies and record
#   sudo bash install.sh freeze              root read-only; data on a partition of its own
#   sudo bash install.sh thaw                root writable again, for changes
#   sudo bash install.sh uninstall [--purge=yes]
#
#   --wheels=FOLDER   every Python package from there, nothing from the network (see tools/wheels)
#   --token=FILE      the one-time token with which this unit announces itself to its server
#   --find=yes        no token: look for the server on the local network; on a server: be found
#   --ssh=yes|no      open port 22 or close it; without this it stays as it is
#   --uart=yes        the header's serial port for a reader or radar (PL011, /dev/ttyAMA0)
#   --rtc=CHIP        a clock with a battery on I2C: ds3231, pcf8523, pcf85063a
#   --ntp=HOST        ask this time server
#   --readers=LIST    drivers beside the RC522, parted by commas: osdp
#   --mosquitto=yes  on a server: mosquitto on this machine as its broker (docs/guides/link.md)
#   --programs=no    the files alone: no Debian and no Python packages
#   --root=FOLDER     write below this folder and start nothing: for images and for tests
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
boot=/boot/firmware
releases=/opt/loquet-releases
data=/var/lib/loquet
data_label=loquet-data
list=/etc/loquet/installed
declare -A given=([wheels]="" [token]="" [find]=no [ssh]=keep [uart]=no [rtc]=none [ntp]=""
    [readers]="" [root]="" [purge]=no [frozen]=no
    [programs]=yes [mosquitto]=no)

say() { printf 'loquet: %s\n' "$*"; }

stop() {
    printf 'loquet: %s\n' "$@" >&2
    exit 1
}

live() { [ -z "${given[root]}" ]; }

# ---- what was asked -------------------------------------------------------------------------

option() {
    local name=${1%%=*} value=${1#*=}
    if [ "$name" = "$1" ] || [ -z "${given[$name]+known}" ]; then
        stop "there is no option '$1'" "the first lines of install.sh name them all"
    fi
    given[$name]=$value
}

options_of() { # a file with one name=value a line; '#' begins a comment
    local line
    while IFS= read -r line || [ -n "$line" ]; do
        line=${line%%#*}
        line=${line//[[:space:]]/}
        [ -z "$line" ] || option "$line"
    done <"$1"
}

one_of() {
    local name=$1 each
    shift
    for each in "$@"; do [ "${given[$name]}" != "$each" ] || return 0; done
    stop "--$name=${given[$name]} is not one of: $*"
}

check_options() {
    local name
    one_of ssh yes no keep
    for name in find uart purge frozen programs mosquitto; do one_of "$name" yes no; done
    one_of rtc none ds3231 pcf8523 pcf85063a
    [[ ${given[ntp]} =~ ^[A-Za-z0-9.:-]*$ ]] || stop "--ntp=${given[ntp]} is not the name of a host"
    [[ ${given[readers]} =~ ^(osdp)?$ ]] || stop "--readers=${given[readers]}: only osdp is known"
    [ -z "${given[wheels]}" ] || [ -d "${given[wheels]}" ] || stop "no folder ${given[wheels]}"
    [ -z "${given[token]}" ] || [ -s "${given[token]}" ] || stop "no token in ${given[token]}"
    if live; then
        [ "$(id -u)" -eq 0 ] || stop "this changes the system: run it with sudo"
    else
        install -d "${given[root]}"
        given[root]=$(cd "${given[root]}" && pwd)
    fi
}

# ---- files, each remembered so that it can be taken away --------------------------------------

remember() {
    install -d "${given[root]}$(dirname "$list")"
    grep -qxF "$1" "${given[root]}$list" 2>/dev/null || printf '%s\n' "$1" >>"${given[root]}$list"
}

place() { # FROM TO [MODE]
    install -D -m "${3:-0644}" "$here/$1" "${given[root]}$2"
    remember "$2"
}

choose() { # yes|no FROM TO: there, or not there
    if [ "$1" = yes ]; then place "$2" "$3"; else rm -f "${given[root]}$3"; fi
}

section() { # FILE, and lines on standard input: our part of a file that is not ours
    local file=${given[root]}$1 kept
    install -d "$(dirname "$file")"
    kept=$([ ! -e "$file" ] || sed '/^# >>> loquet$/,/^# <<< loquet$/d' "$file")
    {
        [ -z "$kept" ] || printf '%s\n' "$kept"
        printf '# >>> loquet\n'
        cat
        printf '# <<< loquet\n'
    } >"$file.new"
    mv "$file.new" "$file"
}

common_files() {
    place sysusers/loquet.conf /etc/sysusers.d/loquet.conf
    place systemd/loquet-firewall.service /etc/systemd/system/loquet-firewall.service
    place journald/loquet.conf /etc/systemd/journald.conf.d/90-loquet.conf
    place timesyncd/loquet.conf /etc/systemd/timesyncd.conf.d/loquet.conf
    if [ -n "${given[ntp]}" ]; then
        printf '[Time]\nNTP=%s\n' "${given[ntp]}" \
            >"${given[root]}/etc/systemd/timesyncd.conf.d/loquet-site.conf"
        remember /etc/systemd/timesyncd.conf.d/loquet-site.conf
    fi
    if live && [ "${given[ssh]}" = keep ]; then
        given[ssh]=$(systemctl -q is-enabled ssh 2>/dev/null && echo yes || echo no)
    fi
    choose "$([ "${given[ssh]}" = no ] && echo no || echo yes)" \
        nftables/ssh.nft /etc/loquet/firewall/ssh.nft
}

unit_files() {
    local name
    common_files
    place tmpfiles/loquet.conf /etc/tmpfiles.d/loquet.conf
    place udev/99-loquet.rules /etc/udev/rules.d/99-loquet.rules
    place systemd/watchdog.conf /etc/systemd/system.conf.d/loquet.conf
    for name in lockguard door link adopt update; do
        place "systemd/loquet-$name.service" "/etc/systemd/system/loquet-$name.service"
    done
    place systemd/loquet-update.timer /etc/systemd/system/loquet-update.timer
    place systemd/loquet.target /etc/systemd/system/loquet.target
    place nftables/unit.nft /etc/loquet/firewall.nft
    place bin/loquet-edge /usr/local/bin/loquet-edge 0755
    choose "${given[find]}" nftables/mdns.nft /etc/loquet/firewall/mdns.nft
}

server_files() {
    common_files
    place systemd/loquet-server.service /etc/systemd/system/loquet-server.service
    place nftables/server.nft /etc/loquet/firewall.nft
    choose "${given[find]}" nftables/mdns.nft /etc/loquet/firewall/mdns.nft
    place bin/loquet-server /usr/local/bin/loquet-server 0755
    # It may hold a passphrase; systemd reads it as root.
    [ -e "${given[root]}/etc/loquet/server.env" ] ||
        install -m 0600 /dev/null "${given[root]}/etc/loquet/server.env"
}

mosquitto_files() {
    local name
    place mosquitto/mosquitto.conf /etc/mosquitto/loquet.conf
    place mosquitto/listener-tls.conf /etc/mosquitto/loquet.d/listener.conf
    place mosquitto/log-file.conf /etc/mosquitto/loquet.d/log.conf
    place mosquitto/tmpfiles-mosquitto.conf /etc/tmpfiles.d/loquet-mosquitto.conf
    for name in run-brokerlog.mount loquet-mosquitto.path loquet-mosquitto.service; do
        place "mosquitto/$name" "/etc/systemd/system/$name"
    done
    place mosquitto/service-mosquitto.conf /etc/systemd/system/mosquitto.service.d/loquet.conf
    place mosquitto/service-loquet-server.conf \
        /etc/systemd/system/loquet-server.service.d/mosquitto.conf
}

boot_lines() {
    cat "$here/boot/config.txt"
    [ "${given[uart]}" = no ] || cat "$here/boot/uart.txt"
    [ "${given[rtc]}" = none ] || cat "$here/boot/rtc-${given[rtc]}.txt"
}

boot_files() {
    boot_lines | section $boot/config.txt
    local words=${given[root]}$boot/cmdline.txt
    if [ "${given[uart]}" = yes ] && [ -e "$words" ]; then
        # A login on the header's serial port would answer the reader.
        sed -i -E 's/(^| )console=(serial0|ttyAMA0|ttyS0),[0-9]+//; s/^ +//' "$words"
    fi
}

take_token() {
    [ -n "${given[token]}" ] || return 0
    install -D -m 0600 "${given[token]}" "${given[root]}/etc/loquet/adoption-token"
    ! live || chown loquet:loquet /etc/loquet/adoption-token
}

# ---- programs -------------------------------------------------------------------------------

received() { # bytes that came in by the network since this computer started
    local sum=0 each
    for each in /sys/class/net/*/statistics/rx_bytes; do
        [[ $each == */lo/* ]] || sum=$((sum + $(cat "$each" 2>/dev/null || echo 0)))
    done
    echo "$sum"
}

apt_packages() {
    local missing=() each
    [ "${given[programs]}" = yes ] || return 0
    for each in "$@"; do
        dpkg-query -W -f='${db:Status-Abbrev}' "$each" 2>/dev/null | grep -q '^ii' ||
            missing+=("$each")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ -n "${given[wheels]}" ]; then
        say "not installed, and nothing is taken from the network: ${missing[*]}"
        return 0
    fi
    say "installing ${missing[*]}"
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}"
}

latest() { # FOLDER PACKAGE: the newest wheel there
    [ ! -d "$1" ] || find "$1" -maxdepth 1 -name "$2-*.whl" | sort -V | tail -n 1
}

own_wheel() { # FOLDER: of the clone that this script lies in, else of the registry
    local from=loquet
    [ ! -e "$here/../pyproject.toml" ] || from=$here/..
    rm -rf "$1"
    python3 -m venv "$1/asking"
    "$1/asking/bin/pip" wheel -q --disable-pip-version-check --no-deps --wheel-dir "$1" "$from"
    rm -rf "$1/asking"
}

python_packages() { # EXTRA
    local folder=${given[wheels]:-$here/wheels} home own pip version source=()
    [ "${given[programs]}" = yes ] || return 0
    own=$(latest "$folder" loquet)
    if [ -z "$own" ] && [ -z "${given[wheels]}" ]; then
        folder=${given[root]}$releases/wheels/first
        own_wheel "$folder"
        own=$(latest "$folder" loquet)
    fi
    [ -n "$own" ] || stop "there is no loquet-*.whl in $folder: tools/wheels makes one"
    version=${own##*/loquet-}
    version=${version%%-*}
    home=${given[root]}$releases/$version
    [ -z "${given[wheels]}" ] || source=(--no-index)
    # Without pip in it: a folder of wheels brings its own, and python3-venv need not be there.
    [ -x "$home/bin/python" ] || python3 -m venv --system-site-packages --without-pip "$home"
    pip=$(latest "$folder" pip)
    [ -n "$pip" ] || "$home/bin/python" -m ensurepip --upgrade >/dev/null
    PYTHONPATH=$pip "$home/bin/python" -m pip install -q --no-cache-dir --upgrade \
        --disable-pip-version-check "${source[@]}" --find-links "$folder" "loquet[$1]==$version"
    # The link changes in one step; 'loquet-edge update' changes it later.
    ln -sfn "$releases/$version" "${given[root]}/opt/loquet.new"
    mv -T "${given[root]}/opt/loquet.new" "${given[root]}/opt/loquet"
}

# ---- the system -----------------------------------------------------------------------------

settle() { # services to have from the next start on
    systemd-sysusers /etc/sysusers.d/loquet.conf
    [ ! -e /etc/tmpfiles.d/loquet.conf ] || systemd-tmpfiles --create /etc/tmpfiles.d/loquet.conf
    systemctl daemon-reload
    systemctl -q enable loquet-firewall "$@"
    # All at once: between the old rules and the new ones nothing is open.
    systemctl restart loquet-firewall
    case ${given[ssh]} in
        yes) systemctl -q enable --now ssh ;;
        no) systemctl -q disable --now ssh 2>/dev/null || true ;;
    esac
    systemctl try-restart systemd-journald systemd-timesyncd
}

settle_mosquitto() { # mosquitto itself starts anew once the server has written its files
    systemctl -q enable --now run-brokerlog.mount
    systemd-tmpfiles --create /etc/tmpfiles.d/loquet-mosquitto.conf
    systemctl -q enable --now loquet-mosquitto.path
}

fit() {
    [ "$(uname -m)" = aarch64 ] ||
        stop "a unit needs the 64-bit Raspberry Pi OS; this one is $(uname -m)" \
            "write 'Raspberry Pi OS Lite (64-bit)' to the card"
    [ -d $boot ] || stop "there is no $boot: this is not Raspberry Pi OS bookworm or later"
    [ "$(df --output=avail -m /opt | tail -n 1)" -gt 300 ] ||
        stop "less than 300 MB are free: use a larger card"
}

unit() {
    local before extra=pi
    before=$(received)
    ! live || fit
    ! live || apt_packages python3-venv python3-lgpio python3-spidev nftables
    [ -z "${given[readers]}" ] || extra=pi,${given[readers]}
    python_packages "$extra"
    unit_files
    boot_files
    if live; then
        settle loquet-lockguard loquet-door loquet-link loquet-adopt
        systemctl -q enable --now loquet-update.timer
        udevadm control --reload
        udevadm trigger
    fi
    take_token
    say "received $((($(received) - before) / 1000000)) MB by the network"
    say "the boot lines count from the next start: sudo reboot"
}

server() {
    local before
    before=$(received)
    if live; then apt_packages python3-venv nftables; fi
    if live && [ "${given[mosquitto]}" = yes ]; then apt_packages mosquitto; fi
    python_packages server
    server_files
    [ "${given[mosquitto]}" = no ] || mosquitto_files
    if live; then settle loquet-server; fi
    if live && [ "${given[mosquitto]}" = yes ]; then settle_mosquitto; fi
    say "received $((($(received) - before) / 1000000)) MB by the network"
    say "settings go to /etc/loquet/server.env; then: sudo systemctl start loquet-server"
}

forget() { # files that open something: written over, since what is deleted can be read back
    local each
    for each in "$@"; do
        [ ! -f "$each" ] || shred -n 0 -z --remove=unlink "$each" || rm -f "$each"
    done
}

# cloud-init keeps what it read, and logs the network with its key. Only netplan needs that one:
# /etc/netplan, for root alone.
forget_copies() {
    local kept=${given[root]}/var/lib/cloud/instances
    ! live || ! command -v cloud-init >/dev/null || timeout 120 cloud-init status --wait \
        >/dev/null 2>&1 || true
    forget "$kept"/*/network-config.json "$kept"/*/obj.pkl "${given[root]}"/var/log/cloud-init*.log
}

# By loquet-setup.service of a fresh card: what the form asked for stands in 'options'.
first_start() {
    options_of "$here/options"
    [ ! -s "$here/token" ] || given[token]=$here/token
    [ ! -e "$here/wheels/COMPLETE" ] || given[wheels]=$here/wheels
    check_options
    unit
    sync # a loss of power must find the token in one of the two places
    # What opens the Wi-Fi and announces a unit is on the system's own partition now, and not on
    # the one that every computer shows. cloud-init has done its work and rests.
    forget "${given[root]}$boot/network-config" "$here/token"
    forget_copies
    install -d "${given[root]}/etc/cloud"
    touch "${given[root]}/etc/cloud/cloud-init.disabled" "${given[root]}/etc/loquet/ready"
    live || return 0
    systemctl -q disable loquet-setup
    if [ "${given[frozen]}" = yes ]; then freeze || say "root stays writable"; fi
    say "starting again in a moment"
    systemctl --no-block reboot
}

# ---- root read-only -------------------------------------------------------------------------

data_partition() {
    printf 'LABEL=%s %s ext4 defaults,noatime,commit=5,nofail,x-systemd.device-timeout=10s 0 2\n' \
        $data_label $data
    printf '%s/etc /etc/loquet none bind,nofail,x-systemd.requires-mounts-for=%s 0 0\n' $data $data
}

freeze() {
    local found
    if live; then
        found=$(blkid -L $data_label || true)
        if [ -z "$found" ]; then
            say "there is no partition with the label $data_label: journal and identity would be" \
                "lost at each power cut. Make one (docs/guides/sd-card.md), and run this again."
            return 1
        fi
        apt_packages overlayroot
        systemctl stop loquet.target loquet-lockguard loquet-door loquet-link loquet-adopt || true
        move_data "$found"
    fi
    data_partition | section /etc/fstab
    # Only root is laid under memory; recurse=0 leaves the data partition what it is.
    sed -i -E 's/ ?overlayroot=[^ ]*//; s/$/ overlayroot=tmpfs:recurse=0/' \
        "${given[root]}$boot/cmdline.txt"
    say "root is read-only from the next start on; data stays writable in $data"
}

move_data() { # DEVICE
    local there
    there=$(mktemp -d)
    mount "$1" "$there"
    if [ ! -e "$there/etc" ]; then
        cp -a $data/. "$there/"
        cp -a /etc/loquet "$there/etc"
        sync
        forget /etc/loquet/adoption-token # it would outlive its use below the other
        # Never two of one journal: without its partition, the unit is not to find the old one.
        find $data -mindepth 1 -delete
    fi
    umount "$there"
    rmdir "$there"
}

thaw() {
    sed -i -E 's/ ?overlayroot=[^ ]*//' "${given[root]}$boot/cmdline.txt"
    say "root is writable from the next start on; 'freeze' makes it read-only again"
}

# ---- away with it ---------------------------------------------------------------------------

uninstall() {
    local each
    if live; then
        systemctl -q disable --now loquet-update.timer loquet-lockguard loquet-door loquet-link loquet-adopt \
            loquet-server loquet-firewall loquet-setup 2>/dev/null || true
    fi
    if live && [ -e /etc/systemd/system/run-brokerlog.mount ]; then
        systemctl -q disable --now loquet-mosquitto.path run-brokerlog.mount || true
    fi
    [ ! -e "${given[root]}$boot/config.txt" ] ||
        sed -i '/^# >>> loquet$/,/^# <<< loquet$/d' "${given[root]}$boot/config.txt"
    if [ -e "${given[root]}$list" ]; then
        while IFS= read -r each; do rm -f "${given[root]}$each"; done <"${given[root]}$list"
    fi
    rm -rf "${given[root]}$releases" "${given[root]}/opt/loquet" "${given[root]}$list" \
        "${given[root]}/etc/loquet/firewall" "${given[root]}/etc/loquet/ready" \
        "${given[root]}/etc/loquet/adoption-token"
    if [ "${given[purge]}" = yes ]; then
        rm -rf "${given[root]}$data" "${given[root]}/etc/loquet" \
            "${given[root]}/etc/mosquitto/loquet"
    else
        say "kept: $data and /etc/loquet/unit.toml (--purge=yes takes them too)"
    fi
    ! live || systemctl daemon-reload
}

main() {
    local what=${1:-}
    [ $# -eq 0 ] || shift
    while [ $# -gt 0 ]; do
        [[ $1 == --*=* ]] || stop "'$1' is not written as --name=value"
        option "${1#--}"
        shift
    done
    case $what in
        first-start) first_start ;;
        unit | server | freeze | thaw | uninstall)
            check_options
            "$what"
            ;;
        *) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" && exit 2 ;;
    esac
}

main "$@"
