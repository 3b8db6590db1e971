#!/usr/bin/env bats
# RUN --mount=type=secret in a Containerfile, and the same words given to mounts-apply.
load lib
load buildah

# What the words are, and where the secret then is.
# shellcheck disable=SC2034 # for same_words
WORDS='type=secret,id=file /run/secrets/file
type=secret,id=env /run/secrets/env
id=file,type=secret /run/secrets/file
type=secret,id=file,target=/etc/deep/token /etc/deep/token
type=secret,id=file,dst=/token,gid=44 /token
type=secret,id=file,destination=/token,required=true /token
type=secret,id=file,required=True,mode=0444 /run/secrets/file
type=secret,id=env,mode=0640,uid=3,gid=4 /run/secrets/env
type=secret,id=env,mode=4755,target=/token /token
type=secret,id=file,gid=1000,required=0 /run/secrets/file
type=secret,id=none /run/secrets/none
type=secret,id=none,required=f,target=/etc/none /etc/none'

# On standard input: what /look prints for each of them, from "== WORDS" on.
prepare() {
	make_made
	cat >made/look <<-'END'
		#!/bin/sh
		echo "== $1"
		if [ ! -e "$2" ]; then echo none; exit; fi
		sha256sum <"$2"
		stat -c '%F %a %u:%g %s' "$2"
		(echo x >"$2") 2>/dev/null || echo 'cannot write'
		rm "$2" 2>/dev/null || echo 'cannot remove'
		chmod 777 "$2" 2>/dev/null || echo 'cannot change'
		awk -v at="$2" '$5 == at { print $6 }' /proc/self/mountinfo | tr , '\n' | grep '^r[ow]$'
	END
	chmod +x made/look
	printf 'from a\0file\n' >file
	export TOKEN=$'from a\nvariable'
}

@test "the words of a Containerfile's secrets do what they do under buildah (B156, B185-B191)" {
	same_words '--secret=id=file,src=file --secret=id=env,env=TOKEN'
}
