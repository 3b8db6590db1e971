#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a subshell
# Networks: slirp4netns, pasta, in a network namespace of the test's own that leads nowhere.
load lib
load host
load ocirun
load network

# ---- slirp4netns and pasta -----------------------------------------------------

connected_by_slirp() {
	snapshot
	run -0 --separate-stderr net "$1" "$2" slirp4netns sh -c "
		$(reaches) && ! nc -w 2 10.0.2.2 8080 </dev/null && ip -o addr show tap0 && stat -c 'hosts %a %u %g' /etc/hosts && cat /etc/hosts /etc/resolv.conf" \
		sh 192.168.78.1
	[[ $output == served* ]]
	[[ $output == *'inet 10.0.2.100/24 '* ]]
	assert_line 'hosts 644 0 0'
	[[ $output == *$'\n10.0.2.100\t'* ]]
	[[ $output == *$'\nnameserver 10.0.2.3'* ]]
	[[ $output != *$'\nsearch '* ]]
	left_nothing
}

@test "slirp4netns: root and others reach a server of the host's, not its loopback; names and resolver are right (B259, B260, B263, B312-B314, B321, B328, B329)" {
	everywhere connected_by_slirp
}

connected_by_pasta() {
	snapshot
	run -0 --separate-stderr net "$1" "$2" pasta sh -c "
		$(reaches) && ! nc -w 2 192.168.77.254 8080 </dev/null && ! nc -w 1 127.0.0.1 8080 </dev/null && cat /etc/hosts" \
		sh 192.168.78.1
	[[ $output == served* ]]
	[[ $output == *$'\n192.168.77.1\t'* ]]
	left_nothing
}

@test "pasta: root and others reach a server of the host's, not its loopback by the gateway; hosts has its address (B314, B323, B324)" {
	everywhere connected_by_pasta
}

@test "helpers are sandboxed: no capabilities but to bind ports, seccomp, a root of their own, mounts of their own" {
	local mode pid
	for mode in slirp4netns pasta; do
		net root runc "$mode" sleep 30 &
		await net_up # pasta has children until then
		pid=$(on_host pgrep -f "^/usr/bin/$mode ")
		on_host sh -c 'grep -E "^(CapEff|Seccomp|NoNewPrivs):" /proc/$1/status; ls /proc/$1/root/
			readlink /proc/$1/ns/mnt /proc/1/ns/mnt' sh "$pid" >seen
		on_host pkill -KILL -x sleep
		wait %% || true
		cat seen
		grep -Pq 'Seccomp:\t2' seen
		[ "$(grep -c '^mnt:' seen)" -eq 2 ]
		[ "$(grep '^mnt:' seen | sort -u | wc -l)" -eq 2 ]
		run -1 grep -Eq '^(bin|home|root)$' seen
	done
}

@test "slirp4netns is called with these arguments (B315-B318)" {
	fake slirp4netns <<<'printf 1 >&3; exec sleep 30'
	run -0 --separate-stderr faked net root runc slirp4netns true
	silent
	pid=$(sed -n 's|^/proc/\([0-9]*\)/ns/net$|\1|p' "$FAKES/called")
	assert_equal "$(tr '\n' ' ' <"$FAKES/called")" "--disable-host-loopback --mtu=65520 --enable-sandbox \
--enable-seccomp --enable-ipv6 -c -r 3 --netns-type=path /proc/$pid/ns/net tap0 "
	run -0 --separate-stderr faked net root runc \
		slirp4netns:allow_host_loopback=true,mtu=1400,cidr=10.5.0.0/16,enable_ipv6=false,outbound_addr=192.168.78.1,outbound_addr6=::1 cat /etc/hosts /etc/resolv.conf
	assert_equal "$(head -n 7 "$FAKES/called" | tr '\n' ' ')" "--mtu=1400 --enable-sandbox --enable-seccomp \
--cidr=10.5.0.0/16 --outbound-addr=192.168.78.1 --outbound-addr6=::1 -c "
	[[ $output == *$'\n10.5.0.100\t'*$'\nnameserver 10.5.0.3'* ]]
	# One that does not know an option that can be done without, or cannot.
	sed -i "s/--enable-seccomp'/'/; s/--cidr=CIDR//" "$FAKES/bin/slirp4netns"
	run -0 --separate-stderr faked net root runc slirp4netns true
	run -1 grep seccomp "$FAKES/called"
	run -125 --separate-stderr faked net root runc slirp4netns:cidr=10.5.0.0/24 true
	complains 'ocirun: slirp4netns: this version has no --cidr'
}

@test "pasta is called with these arguments, each option of the user's in its place (B323)" {
	fake pasta <<<'echo $$ >&0; exec sleep 30'
	run -0 --separate-stderr faked net root runc pasta true
	silent
	local last='--foreground --no-netns-quit --runas 0 --pid /proc/self/fd/0 --netns /proc/self/fd/1 '
	assert_equal "$(tr '\n' ' ' <"$FAKES/called")" "--config-net -t none -u none -T none -U none --no-map-gw $last"
	run -0 --separate-stderr faked net root runc pasta:--map-gw,-t,8000,--udp-ns=none,--mtu=1500 true
	assert_equal "$(tr '\n' ' ' <"$FAKES/called")" \
		"--config-net -t 8000 --udp-ns=none --mtu=1500 -u none -T none $last"
}

@test "a helper gets no descriptor and no variable of ours" {
	fake slirp4netns <<-'END'
		ls -l /proc/self/fd | sed 's/.* \([0-9]*\) -> /\1 /' >"${0%/*}/../fds"
		env | cut -d= -f1 | sort >"${0%/*}/../env"
		printf 1 >&3
		exec sleep 30
	END
	SECRET=x LD_PRELOADED=y run -0 --separate-stderr faked net root runc slirp4netns true
	cut -d' ' -f1 "$FAKES/fds" | sed -n '/^[0-9]/p' | sort | tr '\n' ' ' >numbers
	grep -Eq '^0 1 2 3 (4 )?$' numbers
	grep -qx PATH "$FAKES/env"
	run -1 grep -Evx 'PATH|LANG|TMPDIR|XDG_RUNTIME_DIR|DBUS_SESSION_BUS_ADDRESS|PWD|OLDPWD|SHLVL|_' "$FAKES/env"
}

@test "a container is connected after it was created and before it is started; if that fails it never is (B290)" {
	cat >"$FAKES/runtime" <<-'END'
		#!/bin/sh
		for word; do
			case $word in create | start | delete) echo "$word" >>"${0%/*}/order"; break ;; esac
		done
		exec /usr/sbin/runc "$@"
	END
	chmod +x "$FAKES/runtime"
	doc root -- sh -c 'echo started' | ns-apply --network=slirp4netns >"$FAKES/document"
	fake slirp4netns <<<'echo connect >>"${0%/*}/../order"; sleep 0.3; printf 1 >&3; exec sleep 30'
	run -0 --separate-stderr faked as root runc ocirun --runtime="$FAKES/runtime" "$FAKES/document"
	assert_output started
	assert_equal "$(cat "$FAKES/order")" $'create\nconnect\nstart\ndelete'
	rm "$FAKES/order"
	fake slirp4netns <<<'echo connect >>"${0%/*}/../order"; sleep 0.3; exit 1'
	run -125 --separate-stderr faked as root runc ocirun --runtime="$FAKES/runtime" "$FAKES/document"
	refute_output
	assert_equal "$(cat "$FAKES/order")" $'create\nconnect\ndelete'
}

@test "duplicate address detection is off while slirp4netns starts, and then as it was (B319)" {
	fake slirp4netns <<-'END'
		for word; do case $word in /proc/*/ns/net) net=$word ;; esac; done
		nsenter --net="$net" cat /proc/sys/net/ipv6/conf/default/accept_dad >"${0%/*}/../dad"
		printf 1 >&3
		exec sleep 30
	END
	run -0 --separate-stderr faked net root runc slirp4netns cat /proc/sys/net/ipv6/conf/default/accept_dad
	assert_output 1
	assert_equal "$(cat "$FAKES/dad")" 0
	run -0 --separate-stderr faked net root runc slirp4netns:enable_ipv6=false cat /proc/sys/net/ipv6/conf/default/accept_dad
	assert_output 1
	assert_equal "$(cat "$FAKES/dad")" 1
}

# ---- what goes wrong -----------------------------------------------------------

@test "a helper that ends before it is ready, prints too much, or says what it should not: 125 in its own words, and nothing is left (R27, B320, B322, B330)" {
	local mode=slirp4netns
	fake slirp4netns <<<':'
	fake pasta <<<':'
	snapshot
	fails 'ended with status 0' slirp4netns
	fails 'ended with status 0' pasta
	fake slirp4netns <<<'echo first >&2; echo "it hurts here" >&2; exit 3'
	fails 'ended with status 3: it hurts here' slirp4netns
	fake pasta <<<'echo "it hurts there" >&2; exit 4'
	fails 'ended with status 4: it hurts there' pasta
	fake slirp4netns <<<'kill -SEGV $$'
	fails 'was killed by signal 11' slirp4netns
	fake slirp4netns <<<'echo junk >&3; trap "" TERM; sleep 60'
	fails 'says something else than that it is ready' slirp4netns
	fake pasta <<<'echo junk >&0; sleep 60'
	fails 'says something else than that it is ready' pasta
	fake slirp4netns <<<'yes >&2; exit 5'
	fails 'ended with status 5: ' slirp4netns
	fake slirp4netns <<<'printf 1 >&3; exit 6'
	fails 'ended with status 6' slirp4netns
}

@test "a helper that hangs, deaf to SIGTERM, is killed after ten seconds (R27)" {
	fake slirp4netns <<<'trap "" TERM; exec 3>&-; echo waiting >&2; sleep 50; sleep 50'
	fake pasta <<<'trap "" TERM; sleep 50; sleep 50'
	snapshot
	faked net root runc pasta true 2>"$FAKES/err" &
	other=$!
	run -125 --separate-stderr faked net root runc slirp4netns true
	complains 'ocirun: slirp4netns: was not ready in time: waiting'
	ended=0
	wait "$other" || ended=$?
	[ "$ended" -eq 125 ] || fail "$ended"
	grep -q 'ocirun: pasta: was not ready in time' "$FAKES/err"
	left_nothing
}

@test "a helper that dies while the step runs takes it along: 125 in its own words (R27)" {
	local mode
	snapshot
	for mode in slirp4netns pasta; do
		fake "$mode" <<<'[ '"$mode"' = pasta ] && echo $$ >&0 || printf 1 >&3; sleep 0.3; echo "out of luck" >&2; exit 4'
		SECONDS=0
		run -125 --separate-stderr faked net root runc "$mode" sleep 60
		complains "ocirun: $mode: ended with status 4: out of luck"
		[ "$SECONDS" -lt 20 ]
		left_nothing
	done
}

@test "a container that ends before it is connected is not blamed for it, and leaves nothing (R27)" {
	fake slirp4netns <<-'END'
		for word; do case $word in /proc/*/ns/net) pid=${word#/proc/} ;; esac; done
		kill -KILL "${pid%%/*}"
		sleep 0.1
		echo 'no such namespace' >&2
		exit 1
	END
	snapshot
	fails '' slirp4netns
}

@test "a helper that is not there is named, with what to do (B316)" {
	local mode
	for mode in slirp4netns pasta; do
		run -125 --separate-stderr net_without /usr/bin/slirp4netns,/usr/bin/pasta "$mode" true
		complains "ocirun: $mode: is not installed"
		complains 'ns-apply --network'
	done
}

@test "killed, whichever of its processes, while its helper starts or runs: the next ocirun leaves nothing (R27)" {
	local mode which
	snapshot
	for mode in slirp4netns pasta; do
		for which in supervisor worker both; do
			net root runc "$mode" sleep 30 2>/dev/null &
			await net_up
			kill_ocirun "$which"
			wait %% || true
			on_host ocirun --clean
			left_nothing
		done
	done
	fake slirp4netns <<<'trap "" TERM; exec sleep 40'
	for which in supervisor worker both; do
		faked net root runc slirp4netns sleep 30 2>/dev/null &
		await on_host pgrep -r DRS -f "^sleep 40"
		kill_ocirun "$which"
		wait %% || true
		on_host ocirun --clean
		left_nothing
	done
}

# ---- the others ----------------------------------------------------------------

@test "without a network there is lo, and a joined namespace is the one joined" {
	run -0 --separate-stderr net root runc none sh -c 'ip -o link | cut -d: -f2; readlink /proc/self/ns/net'
	assert_line --index 0 ' lo'
	[ "${#lines[@]}" -eq 2 ]
	on_host sh -c 'touch "$1" && unshare --net="$1" true && readlink /proc/1/ns/net' sh "$HOST/netns" >host
	run -0 --separate-stderr net root runc "$HOST/netns" readlink /proc/self/ns/net
	assert_equal "$output" "$(on_host nsenter --net="$HOST/netns" readlink /proc/self/ns/net)"
	refute_output "$(cat host)"
	run -0 --separate-stderr net root runc host readlink /proc/self/ns/net
	assert_output "$(cat host)"
	on_host umount "$HOST/netns"
}

@test "a namespace that is joined by ip-netns's path has ip-netns's resolv.conf (B265)" {
	doc root -- cat /etc/resolv.conf | ns-apply --network="$HOST/blue" >document
	run -0 --separate-stderr on_host unshare --mount sh -ec '
		touch "$1/blue"
		unshare --net="$1/blue" true
		mkdir -p "$1/etc/netns/blue"
		echo "nameserver 10.9.8.7" >"$1/etc/netns/blue/resolv.conf"
		mount -t overlay -o "lowerdir=$1/etc:/etc" etc /etc
		ocirun <document' sh "$HOST"
	assert_output 'nameserver 10.9.8.7'
}

@test "private: the best that can be used; loopback only if there is none, which is said" {
	run -0 --separate-stderr net root runc private sh -c 'ip -o link | cut -d: -f2'
	silent
	assert_line --partial ' eth0'
	run -0 --separate-stderr net user runc private sh -c 'ip -o link | cut -d: -f2'
	assert_line ' host0'
	# Without a way out there is nothing for pasta to copy.
	on_host ip route del default
	run -0 --separate-stderr net user runc private sh -c 'ip -o link | cut -d: -f2'
	on_host ip route add default via 192.168.77.254
	assert_line ' tap0'
	OCIPIPE_NETWORK=slirp4netns run -0 --separate-stderr net root runc private sh -c 'ip -o link | cut -d: -f2'
	assert_line ' tap0'
	OCIPIPE_NETWORK=none run -0 --separate-stderr net root runc private sh -c 'ip -o link | cut -d: -f2'
	assert_output ' lo'
	silent
	OCIPIPE_NETWORK=slirp run -125 --separate-stderr net root runc private true
	complains "ocirun: \$OCIPIPE_NETWORK: unknown 'slirp'"
	run -0 --separate-stderr net_without "$(helpers)" private sh -c 'ip -o link | cut -d: -f2'
	assert_output ' lo'
	complains 'ocirun: network: loopback only: '
	complains 'slirp4netns is not installed'
}

helpers() {
	local path
	for path in /usr/bin/slirp4netns /usr/bin/pasta /usr/lib/podman/netavark; do
		[ ! -e "$path" ] || printf '%s,' "$path"
	done
}

@test "a plan names who connects; the network is a step that needs ocirun" {
	doc root -- true | ns-apply --network=slirp4netns >document
	run -0 --separate-stderr on_host ocirun --dry-run document
	assert_line 'network  /usr/bin/slirp4netns (mode slirp4netns)'
	doc root -- true | ns-apply --network=none | on_host ocirun --dry-run >plan
	run -1 grep '^network' plan
}
