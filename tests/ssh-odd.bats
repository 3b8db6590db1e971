#!/usr/bin/env bats
# ssh agents that die or misbehave, containers that flood them, and ocirun killed with one.
load lib
load host
load ocirun
load ssh

prepare() {
	ssh_start
	rm -rf "$HOST/run"
	mkdir -p "$HOST/run"
	chmod 777 "$HOST/run"
	cd "$HOST/run" || return
	touch out err
	snapshot
}

teardown() {
	[ -z "${odd-}" ] || kill "$odd" 2>/dev/null || true
	stop_agents
}

# wait_for FILE TEXT - until it is there
wait_for() {
	await grep -q "$2" "$1" || fail "no '$2': $(cat "$1")"
}

# Pids, in the host, of the ssh-agents that an ocirun has started.
own_agents() {
	on_host pgrep -f '^[^ ]*ssh-agent -D -a keys-' || true
}

# Until nobody of the last run is there any more; its agents first of all.
nobody_is_left() {
	wait_for_all '^[^Z]\S* +(ocirun|runc|crun) |ssh-agent -D -a keys-'
}

# Start a step in the background, as ssh_step, its output in ./out and ./err.
start_step() {
	: >out # what an earlier step said is not this one's
	ssh_step "$@" >out 2>err </dev/null 3>&- &
	step=$!
}

@test "an agent dies in the middle: the container's connections end, new ones too, and it goes on (R25)" {
	check() {
		start_step "$1" "$2" '--ssh=default --mount=type=ssh' sh -c 'askagent last; askagent ask 11; askagent ask 18; echo on'
		wait_for out 'type 12'
		stop_agents
		wait "$step" || fail "$1 $2: $?: $(cat err)"
		assert_equal "$(sed 's/, [0-9]* bytes//' out)" 'type 12
closed
closed
type 5
on'
		assert_equal "$(cat err)" ''
		start_agent "$1"
		if [ "$1" = user ]; then start_agent root; else start_agent user; fi
	}
	check root runc
	check mapped crun
	check user runc
	check root chroot
}

@test "so does the agent that was started for keys (R25)" {
	for runtime in runc crun chroot; do
		start_step root "$runtime" "--ssh=default=$HOST/keys/one --mount=type=ssh" sh -c 'askagent last; askagent ask 11; echo on'
		wait_for out 'type 12'
		# shellcheck disable=SC2046 # a number
		on_host kill $(own_agents)
		wait "$step"
		assert_equal "$(sed 1d out)" $'closed\nclosed\non'
		assert_equal "$(cat err)" ''
	done
}

@test "what ssh-add says is not taken for the runtime's words" {
	printf '#!/bin/sh\nexit 3\n' >mute
	chmod +x mute
	snapshot
	OCIRUN="--runtime=$PWD/mute" run -125 --separate-stderr ssh_step root runc "--ssh=default=$HOST/keys/one --mount=type=ssh" true
	complains 'mute create: ended with status 3 and said nothing'
	[[ $stderr != *Identity* ]]
	left_nothing
}

@test "an agent that answers too much, too little or never: no answer, and the run goes on (R25)" {
	for way in big huge none half silent; do
		on_host python3 "$TESTS/agent.py" "$PWD/$way" "$way" 3>&- &
		odd=$!
		await [ -e "$way" ]
		run -0 --separate-stderr ssh_step root runc "--ssh=default=$way --mount=type=ssh" sh -c '
			for n in 1 2; do timeout 0.5 askagent ask 11; done; askagent ask 18; echo on'
		case $way in
		big) wanted=$'type 12, 200000 bytes\ntype 12, 200000 bytes\ntype 5, 1 bytes\non' ;;
		silent) wanted=$'type 5, 1 bytes\non' ;;
		*) wanted=$'closed\nclosed\ntype 5, 1 bytes\non' ;;
		esac
		echo "$way:" # shown if it fails
		assert_equal "$output" "$wanted"
		pkill -P "$odd" 2>/dev/null || true
		kill "$odd" 2>/dev/null || true
		wait "$odd" || true
		odd=
	done
}

@test "messages without end, of a false length, in pieces: refused or closed (R25)" {
	run -0 --separate-stderr ssh_step root runc '--ssh=default --mount=type=ssh' sh -c '
		askagent claim 4294967295; askagent claim 262145; askagent claim 0; askagent ask 13 262143; askagent ask 99 262143
		askagent ask 99 262144; ssh-add -l'
	assert_output "closed
closed
closed
type 5, 1 bytes
type 5, 1 bytes
closed
$(fingerprint one)"
}

@test "junk, and connections that end anywhere: others are answered (R25)" {
	run -0 --separate-stderr ssh_step root runc '--ssh=default --mount=type=ssh' sh -c 'askagent junk 3000; askagent many 100; ssh-add -l'
	assert_output $'100 answers\n'"$(fingerprint one)"
}

# injected CALL FAULT COMMAND... - a step in which this system call of ocirun's fails
injected() {
	local call=$1 fault=$2
	shift 2
	doc root -- "$@" | mounts-apply --ssh=default --mount=type=ssh >document
	# Leaks cannot be looked for under strace.
	ASAN_OPTIONS=detect_leaks=0 SSH_AUTH_SOCK=$(agent_of root) as root runc strace -f -qq -o /dev/null -e "trace=$call" -e "inject=$call:$fault" \
		ocirun document
}

@test "a system call that the host refuses is 125, with the agent's target, and nothing left (R17, R25)" {
	touch document
	snapshot
	while IFS='|' read -r call fault said; do
		run -125 --separate-stderr injected "$call" "$fault" echo ran
		assert_output ''
		complains "ocirun: ssh: /run/buildkit/ssh_agent.0: $said"
		left_nothing
	done <<-END
		socket|error=EMFILE:when=1|$(agent_of root): no agent answers there: Too many open files
		connect|error=ECONNREFUSED:when=1|$(agent_of root): no agent answers there: Connection refused
		bind|error=ENOSPC:when=1|cannot make its socket: No space left on device
		listen|error=EADDRINUSE:when=1|cannot make its socket: Address already in use
		fchownat|error=EPERM:when=1|cannot give its socket to 0:0: Operation not permitted
	END
	# What has no descriptors now may have some in a second.
	run -0 --separate-stderr injected accept4 error=ENFILE:when=1 ssh-add -l
	assert_output "$(fingerprint one)"
	left_nothing
}

@test "a hundred connections at once are all answered; more wait, and who asked before is answered (R25)" {
	check() {
		run -0 --separate-stderr ssh_step "$1" "$2" '--ssh=default --mount=type=ssh' sh -c '
			askagent many 100; askagent silent 200; askagent silent 200; askagent many 100; ssh-add -l'
		assert_line --index 0 '100 answers'
		assert_line --index 1 --regexp '^type 12,'
		assert_line --index 2 --regexp '^type 12,'
		assert_line --index 3 '100 answers'
		assert_line --index 4 "$(fingerprint one)"
		left_nothing
	}
	check root runc
	check mapped crun
	check user crun
}

@test "with few descriptors there are fewer connections, and they are answered (R17, R25)" {
	AS='prlimit --nofile=64:64' run -0 --separate-stderr ssh_step root runc '--ssh=default --mount=type=ssh' sh -c '
		ulimit -n 1024; askagent many 20; askagent silent 60; ssh-add -l'
	assert_line --index 0 '20 answers'
	assert_line --index 1 --regexp '^type 12,'
	assert_line --index 2 "$(fingerprint one)"
}

@test "a container that floods the agent: memory stays flat, others are answered, the agent lives (R25)" {
	start_step root runc '--ssh=default --mount=type=ssh' sh -c '
		echo up; sleep 0.5; askagent flood 3 & sleep 2; ssh-add -l; wait; ssh-add -l; echo down; sleep 1'
	wait_for out up
	before=$(most_memory)
	wait_for out down
	after=$(most_memory)
	wait "$step"
	assert_equal "$(grep -c "^$(fingerprint one)$" out)" 2
	grep -q 'wrote' out
	[ $((after - before)) -lt 2048 ] || fail "from $before to $after KiB: $(cat err)"
	SSH_AUTH_SOCK=$(agent_of root) run -0 on_host ssh-add -l
	left_nothing
}

# The largest resident sets that ocirun's processes have had, together, in KiB.
most_memory() {
	on_host sh -c 'cat /proc/[0-9]*/status' 2>/dev/null |
		awk '$1 == "Name:" { ours = $2 == "ocirun" } ours && $1 == "VmHWM:" { sum += $2 } END { print sum }'
}

@test "killed, whoever of ocirun's processes: no agent of ours and no socket outlives it (R11, R25)" {
	for who in root mapped ${TEST_USER:+user}; do
		start_step "$who" runc "--ssh=default=$HOST/keys/one --mount=type=ssh --ssh=a --mount=type=ssh,id=a" sh -c 'ssh-add -l; sleep 1000'
		wait_for out SHA256
		[ -n "$(own_agents)" ]
		on_host pkill -KILL -x ocirun
		wait "$step" || true
		nobody_is_left
		run -0 as "$who" runc ocirun --clean
		left_nothing
	done
}

@test "killed at a system call, either or both: nothing of an agent is left (R11, R25)" {
	${CC:-cc} -O1 -o "$HOST/hitat" "$TESTS/hitat.c"
	for way in 'root runc first 97' 'root crun worker 151' 'root runc both 149' 'mapped crun both 251' ${TEST_USER:+'user runc worker 257'}; do
		read -r who runtime which every <<<"$way"
		[ -z "${TORTURE-}" ] || every=1
		doc "$who" -- ssh-add -l | mounts-apply "--ssh=default=$HOST/keys/one" --mount=type=ssh >document
		as "$who" "$runtime" ocirun "$PWD/document" >out # makes the working directory
		: >err
		snapshot
		status=0
		for ((number = 1; status != 99; number += every)); do
			status=0
			as "$who" "$runtime" "$HOST/hitat" "$which" "$number" 9 ocirun "$PWD/document" >out 2>err </dev/null || status=$?
			[ "$status" -ne 98 ] || fail "$(cat err)"
			nobody_is_left
			as "$who" "$runtime" ocirun --clean >out 2>&1 || fail "$(cat out)"
			left_nothing || fail "$way: call $number: $status"
		done
	done
}
