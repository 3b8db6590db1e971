# shellcheck shell=bash
# network.bash - what the tests of networks share: a host that leads nowhere, and fakes
unset OCIPIPE_NETWORK

# The test's host has an address of its own, a way out that ends at a wall, and a
# server; anybody may use its /dev/net/tun.
setup_file() {
	host_start
	host_rootfs
	on_host sh -ec '
		ip addr add 192.168.78.1/24 dev lo
		ip link add host0 type veth peer name wall0
		ip addr add 192.168.77.1/24 dev host0
		ip link set host0 up
		ip link set wall0 up
		ip route add default via 192.168.77.254
		mknod -m 666 "$1/tun" c 10 200
		mount --bind "$1/tun" /dev/net/tun
		printf "search example.test\nnameserver 192.168.77.53\n" >"$1/resolv.conf"
		mount --bind "$1/resolv.conf" /etc/resolv.conf
		mkdir "$1/www"
		echo served >"$1/www/file"' sh "$HOST"
	on_host python3 -m http.server --directory "$HOST/www" 8080 >"$HOST/www.log" 2>&1 3>&- &
	await on_host busybox wget -q -O /dev/null http://192.168.78.1:8080/file
}

# What fakes there are, and what they write down.
prepare() {
	FAKES=$BATS_FILE_TMPDIR/$BATS_TEST_NUMBER
	mkdir "$FAKES"
}

# net WHO RUNTIME MODE COMMAND... - a step with this network
net() {
	local who=$1 runtime=$2 mode=$3
	shift 3
	# shellcheck disable=SC2086 # a list of words
	doc "$who" -- "$@" | ns-apply --network="$mode" | as "$who" "$runtime" ocirun ${OCIRUN-}
}

# everywhere FUNCTION - as each of ocirun.bash, but every line of the function must hold
everywhere() {
	local who runtime
	for who in root mapped ${TEST_USER:+user}; do
		for runtime in runc crun; do
			echo "$who, $runtime:"
			"$1" "$who" "$runtime"
		done
	done
}

# fake NAME - a program of this name, before all others; what it does is on standard input.
# It writes down how it was called.
fake() {
	mkdir -p "$FAKES/bin"
	{
		echo '#!/bin/sh'
		cat <<-'END'
			if [ "$1" = --help ]; then
				echo '--disable-host-loopback --mtu=MTU --enable-sandbox --enable-seccomp'
				echo '--cidr=CIDR --enable-ipv6 --outbound-addr=IPv4 --outbound-addr6=IPv6'
				exit 0
			fi
			printf '%s\n' "$@" >"${0%/*}/../called"
		END
		cat
	} >"$FAKES/bin/$1"
	chmod +x "$FAKES/bin/$1"
}

# faked COMMAND... - with the fakes.
faked() {
	PATH=$FAKES/bin:$PATH "$@"
}

reaches() {
	# shellcheck disable=SC2016 # expanded inside
	echo 'timeout 5 wget -q -O - "http://$1:8080/file"'
}

# True once the container has an address.
net_up() {
	local pid
	pid=$(on_host pgrep -n -r DRS -x sleep) || return 1
	on_host nsenter --target "$pid" --net ip -o -4 addr | grep -q 'scope global'
}

# fails WORDS MODE - the step does not start, ocirun says so, and nothing is left.
fails() {
	rm -f "$FAKES/called"
	run -125 --separate-stderr faked net root runc "$2" sh -c 'echo started'
	refute_output --partial started
	complains "ocirun: $2: $1"
	left_nothing
}

# net_without PROGRAM,... MODE COMMAND... - a step on a host that does not have these.
net_without() {
	local without=$1 mode=$2
	shift 2
	doc root -- "$@" | ns-apply --network="$mode" | on_host unshare --mount sh -c '
		for program in $(echo "$1" | tr , " "); do mount --bind /dev/null "$program"; done
		exec ocirun' sh "$without"
}

# The older one of the two is the supervisor.
kill_ocirun() {
	case $1 in
	supervisor) on_host pkill -KILL -r DRS -o -x ocirun ;;
	worker) on_host pkill -KILL -r DRS -n -x ocirun ;;
	both) on_host pkill -KILL -r DRS -x ocirun ;;
	esac
	wait_for_all '^[DRS]\S* +ocirun '
}
