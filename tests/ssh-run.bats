#!/usr/bin/env bats
# --mount=type=ssh, from inside: an agent of the host's, or keys, through a socket of its own.
load lib
load host
load ocirun
load ssh

prepare() {
	ssh_start
	mkdir -p "$HOST/run"
	chmod 777 "$HOST/run"
	cd "$HOST/run" || return
	snapshot
}

teardown() {
	stop_agents
}

@test "the agent's keys can be listed, now and in the next run; the socket is who's it should be (B193, B195, B197, B198, B004, R25)" {
	export RUNTIMES='runc crun chroot'
	check() {
		for _ in 1 2; do
			run -0 --separate-stderr ssh_step "$1" "$2" '--ssh=default --mount=type=ssh' \
				sh -c 'echo $SSH_AUTH_SOCK; stat -c "%F %a %u %g" $SSH_AUTH_SOCK; ssh-add -l; grep " $SSH_AUTH_SOCK " /proc/self/mountinfo'
			assert_line --index 0 /run/buildkit/ssh_agent.0
			assert_line --index 1 'socket 600 0 0'
			assert_line --index 2 "$(fingerprint one)"
			assert_line --index 3 --partial ' ro,nosuid,nodev,noexec'
		done
		run -0 --separate-stderr ssh_step "$1" "$2" '--ssh=k --mount=type=ssh,id=k,target=/a/b,uid=1000,gid=44,mode=0640' \
			sh -c 'stat -c "%a %u %g" /a/b; ssh-add -l'
		assert_line --index 0 '640 1000 44'
		assert_line --index 1 "$(fingerprint one)"
		silent
		assert_equal "$(ls -A "$(rootfs_of "$1")/run")" '' # nor a directory for it
		left_nothing
	}
	each check
}

@test "who may not write to the socket cannot ask (B192, B193, B197)" {
	check() {
		export GEN=--user=alice
		run -1 --separate-stderr ssh_step "$1" "$2" '--ssh=default --mount=type=ssh' askagent ask 11
		complains 'Permission denied'
		for options in uid=1000 mode=0666 mode=0620,gid=1000; do
			run -0 --separate-stderr ssh_step "$1" "$2" "--ssh=default --mount=type=ssh,$options" ssh-add -l
			assert_output "$(fingerprint one)"
		done
	}
	each check
}

@test "keys are loaded into an agent of their own, which ends with the run (B195, B197, B412)" {
	export RUNTIMES='runc crun chroot'
	check() {
		for _ in 1 2; do
			run -0 --separate-stderr ssh_step "$1" "$2" "--ssh=default=$HOST/keys/one,$HOST/keys/two --mount=type=ssh --ssh=x=$HOST/keys/two --mount=type=ssh,id=x" \
				sh -c 'ssh-add -l; SSH_AUTH_SOCK=/run/buildkit/ssh_agent.x ssh-add -l'
			assert_output "$(fingerprint one)
$(fingerprint two)
$(fingerprint two)"
			silent
			left_nothing
		done
	}
	each check
}

@test "an agent is used, not changed: keys are neither added nor removed, nor is it locked or extended (B195)" {
	check() {
		run -0 --separate-stderr ssh_step "$1" "$2" "--ssh=default --ssh=x=$HOST/keys/two --mount=type=ssh --mount=type=ssh,id=x" sh -c '
			for SSH_AUTH_SOCK in /run/buildkit/ssh_agent.0 /run/buildkit/ssh_agent.x; do
				export SSH_AUTH_SOCK
				for type in 0 1 3 7 8 9 17 18 19 20 21 22 23 25 26 27 255; do
					askagent ask $type 10
				done
				askagent ask 19; askagent ask 18 200000; ssh-add -D; ssh-add -d; ssh-add -x </dev/null
				ssh-add -l
			done'
		assert_equal "$(grep -c '^type 5, 1 bytes$' <<<"$output")" 38
		assert_equal "$(grep -v '^type 5, 1 bytes$' <<<"$output" | grep SHA256)" "$(fingerprint one)
$(fingerprint two)"
		SSH_AUTH_SOCK=$(agent_of "$1") run -0 as "$1" runc ssh-add -l
		assert_output "$(fingerprint one)"
	}
	check root runc
	check mapped crun
	check user runc
}

@test "a connection lasts until one side ends it, not two seconds (B196)" {
	run -0 --separate-stderr ssh_step root runc '--ssh=default --mount=type=ssh' askagent pieces
	assert_line --index 0 --regexp '^type 12, [0-9]+ bytes$'
	assert_equal "${lines[1]}" "${lines[0]}"
}

@test "SSH_AUTH_SOCK is replaced, not doubled (B034, B194, B198)" {
	export GEN='--env=SSH_AUTH_SOCK=/mine'
	check() {
		run -0 --separate-stderr ssh_step "$1" "$2" '--ssh=a --ssh=b --mount=type=ssh,id=a --mount=type=ssh,id=none --mount=type=ssh,id=b' \
			env
		assert_equal "$(grep SSH_ <<<"$output")" SSH_AUTH_SOCK=/run/buildkit/ssh_agent.a
	}
	each check
}

@test "without such an id there is no mount, unless one is required (B194)" {
	run -0 --separate-stderr ssh_step root runc '--mount=type=ssh' sh -c 'ls /run; echo $SSH_AUTH_SOCK'
	assert_output ''
	silent
}

@test "an agent or key that is not there is an error before anything runs, with nothing left (B158, B412, R22, R25)" {
	python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("dead")'
	mkfifo fifo
	head -c 200000 /dev/zero >large
	echo no key >text
	cp "$HOST/keys/one" key
	snapshot
	check() {
		local said=$1
		shift
		run -125 --separate-stderr ssh_step root runc "$*" echo ran
		assert_output ''
		complains "ocirun: ssh: /run/buildkit/ssh_agent.0: $said"
		left_nothing
	}
	check "$PWD/dead: no agent answers there: Connection refused" --ssh=default=dead --mount=type=ssh
	check "$PWD/none: cannot be opened: No such file" --ssh=default=none --mount=type=ssh
	check "$PWD/none: cannot be read: No such file" --ssh=default=key,none --mount=type=ssh
	check "$PWD/dead: cannot be read" --ssh=default=key,dead --mount=type=ssh
	check "$PWD/fifo: is neither a key nor an only socket" --ssh=default=fifo --mount=type=ssh
	check "$PWD: is neither a key nor an only socket" --ssh=default=. --mount=type=ssh
	check "$PWD/large: is larger than a key" --ssh=default=large --mount=type=ssh
	check "$PWD/text: ssh-add does not take it: Error loading key" --ssh=default=text --mount=type=ssh
	check "$HOST/keys/closed: needs a passphrase" --ssh=default="$HOST/keys/closed" --mount=type=ssh
	AS='env -u SSH_AUTH_SOCK' check '$SSH_AUTH_SOCK: is not set' --ssh=default --mount=type=ssh
	AS="env SSH_AUTH_SOCK=$PWD/text" check "$PWD/text: is not a socket" --ssh=default --mount=type=ssh
	AS="env SSH_AUTH_SOCK=$PWD/none" check "$PWD/none: cannot be opened" --ssh=default --mount=type=ssh
	printf '#!/bin/sh\nmount --bind /dev/null /usr/bin/ssh-agent; exec "$@"\n' >without
	chmod +x without
	snapshot
	AS="unshare --mount $PWD/without" run -125 --separate-stderr ssh_step root runc "--ssh=default=key --mount=type=ssh" true
	complains 'ssh-agent: cannot be found'
	complains 'hint: it comes with'
	left_nothing
}

@test "what fails after an agent was started leaves none (B158)" {
	check() {
		run -125 --separate-stderr ssh_step "$1" "$2" "--ssh=default=$HOST/keys/one --mount=type=ssh --mount=type=bind,src=$PWD/none,target=/x" echo ran
		complains "$PWD/none: cannot be mounted at /x"
		left_nothing
	}
	each check
}

@test "paths over the 107 bytes of a socket's name: the agent's, the run root's (R25)" {
	long=$(printf '/%0100d' 1 2)
	mkdir -p "$HOST/run$long"
	chmod 755 "$HOST/run$long"
	check() {
		# By a link: bind(2) does not take the long name either.
		rm -f "$HOST/run$long/agent"
		(cd "$HOST/run$long" && as root "$1" ssh-agent -a agent >"$HOST/started" 3>&-)
		(cd "$HOST/run$long" && SSH_AUTH_SOCK=agent as root "$1" ssh-add -q "$HOST/key-of-root")
		for how in "--ssh=default=$HOST/run$long/agent" --ssh=default; do
			AS="env SSH_AUTH_SOCK=$HOST/run$long/agent" OCIRUN="--run-root=$HOST/run$long/root --root=$HOST/run/state" \
				run -0 --separate-stderr ssh_step root "$1" "$how --mount=type=ssh" ssh-add -l
			assert_output "$(fingerprint one)"
		done
		OCIRUN="--run-root=$HOST/run$long/root --root=$HOST/run/state" \
			run -0 --separate-stderr ssh_step root "$1" "--ssh=default=$HOST/keys/two --mount=type=ssh" ssh-add -l
		assert_output "$(fingerprint two)"
		on_host kill "$(sed -n 's/.*SSH_AGENT_PID=\([0-9]*\);.*/\1/p' "$HOST/started")"
	}
	check runc
	check crun
	rm -rf "$HOST/run/"*
}

@test "a kept step finds its agent anew" {
	OCIRUN=--keep=on-failure run -7 --separate-stderr ssh_step root runc "--ssh=default --mount=type=ssh --ssh=k=$HOST/keys/two --mount=type=ssh,id=k" sh -c 'exit 7'
	kept=$(sed -n 's/.*ocirun --replay=\([^ ]*\) .*/\1/p' <<<"$stderr")
	SSH_AUTH_SOCK=$(agent_of root) run -0 --separate-stderr as root runc ocirun --replay="$kept" -- sh -c 'ssh-add -l; SSH_AUTH_SOCK=/run/buildkit/ssh_agent.k ssh-add -l'
	assert_output "$(fingerprint one)
$(fingerprint two)"
	run -125 --separate-stderr as root runc env -u SSH_AUTH_SOCK ocirun --replay="$kept" -- true
	complains '$SSH_AUTH_SOCK: is not set'
	on_host rm -r "$kept"
	left_nothing
}

@test "a step that somebody wrote by hand is held to the same rules" {
	while IFS='|' read -r step said; do
		run -125 --separate-stderr as root runc ocirun < <(doc root -- true |
			jq --argjson s "$step" '.mounts += [{destination: "/a", type: "bind", source: "ssh", options: ["bind"]}]
				| .ocipipe.prepare += [{step: "ssh", mount: "/a", id: "x"} + $s]')
		complains "$said"
		left_nothing
	done <<-'END'
		{}|/source: is missing in a step 'ssh'
		{"source":{}}|must have one of env and paths
		{"source":{"env":"A","paths":["/a"]}}|must have one of env and paths
		{"source":{"file":"/a"}}|must have one of env and paths
		{"source":{"env":""}}|/source/env
		{"source":{"paths":["a"]}}|/source/paths/0: must be an absolute path
		{"source":{"paths":[]}}|ssh: /a: there is no path of a socket or key
		{"source":{"paths":["/a"]},"mode":-1}|/mode: must be
		{"source":{"paths":["/a"]},"uid":4294967295}|/uid: must be
	END
}

@test "--prepare-only cannot have an agent; --dry-run says which, and looks at nothing" {
	doc root -- true | mounts-apply --ssh=default=/none --mount=type=ssh --ssh=x=/a,/b --mount=type=ssh,id=x --ssh=y --mount=type=ssh,id=y >document
	mkdir -p bundle
	run -125 --separate-stderr as root runc ocirun --prepare-only --bundle=bundle document
	complains 'ssh: an ssh agent needs an ocirun that lives'
	run -0 --separate-stderr as root runc ocirun --dry-run document
	assert_line --regexp '^ssh +/run/buildkit/ssh_agent.0 \(id default, from /none, '
	assert_line --regexp '^ssh +/run/buildkit/ssh_agent.x \(id x, from /a, /b, '
	assert_line --regexp '^ssh +/run/buildkit/ssh_agent.y \(id y, from \$SSH_AUTH_SOCK, '
	rm -rf bundle document
}
