#!/usr/bin/env bats
# RUN --mount=type=ssh in a Containerfile, and the same words given to mounts-apply.
load lib
load buildah
load ssh

# Of a socket that has no mode of its own buildah's is not what its manual says (B193); and
# where one is that has another id than "default" nobody says (B194).
# shellcheck disable=SC2034 # for same_words
WORDS='type=ssh
type=ssh,mode=0666
id=default,type=ssh,mode=0600,required=true
type=ssh,id=default,uid=1000,gid=44,mode=0640
type=ssh,mode=4755,target=/agent
type=ssh,target=/etc/deep/agent,gid=7
type=ssh,id=keys,dst=/keys,mode=0600
type=ssh,id=keys,destination=/run/keys,required=True,uid=3
type=ssh,required=0,mode=0400
type=ssh,id=none
type=ssh,id=none,required=f,target=/etc/none,mode=0600'

prepare() {
	make_made
	add_programs made /usr/bin/ssh-add
	cat >made/look <<-'END'
		#!/bin/sh
		echo "== $1"
		socket=${SSH_AUTH_SOCK-}
		echo "at $socket"
		if [ ! -e "$socket" ]; then echo none; exit; fi
		case $1 in *mode=*) stat -c '%F %a' "$socket" ;; esac
		stat -c '%u:%g' "$socket"
		ssh-add -l | awk '{ print $1, $2, $NF }' # buildah's keys have lost their comments
		rm "$socket" 2>/dev/null || echo 'cannot remove'
		chmod 777 "$socket" 2>/dev/null || echo 'cannot change'
		awk -v at="$socket" '$5 == at { print $6 }' /proc/self/mountinfo | tr , '\n' | grep '^r[ow]$'
	END
	chmod +x made/look
	ssh-keygen -q -t ed25519 -N '' -C one -f one
	ssh-keygen -q -t ed25519 -N '' -C two -f two
	SSH_AUTH_SOCK=$PWD/agent
	agent=$(ssh-agent -a "$SSH_AUTH_SOCK" 3>&- | sed -n 's/.*SSH_AGENT_PID=\([0-9]*\);.*/\1/p')
	export SSH_AUTH_SOCK
	ssh-add -q one
}

teardown() {
	[ -z "${agent-}" ] || kill "$agent"
}

@test "the words of a Containerfile's ssh agents do what they do under buildah (B156, B192, B194, B195, B197, B198, B412)" {
	same_words '--ssh=default --ssh=keys=two'
}
