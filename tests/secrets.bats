#!/usr/bin/env bats
# --mount=type=secret: what is declared, what the document says, what a container sees.
load lib
load steps

prepare() {
	make_work
	mkdir -p "$WORK/run"
	printf 'from a file\n' >"$WORK/file"
	export TOKEN='from a variable'
}

made() {
	run --separate-stderr mounts-apply --compact "$@" <<<'{"ociVersion":"1.0.2","process":{"cwd":"/w"}}'
}

# ---- the document --------------------------------------------------------------

@test "every word and alias of a secret mount (B038, B156, B185, B186, B191)" {
	declared=--secret=id=a,src=/s/a
	made "$declared" --mount=type=secret,id=a
	holds '.mounts == [{destination:"/run/secrets/a",type:"bind",source:"secret",options:["bind","rprivate","nosuid","nodev","noexec","ro"]}]'
	holds '.ocipipe.prepare == [{step:"secret",mount:"/run/secrets/a",id:"a",source:{file:"/s/a"}}]'
	for word in target dst destination; do
		made "$declared" "--mount=id=a,$word=x//y/,type=secret,mode=0440,uid=5,gid=6,required"
		holds '.mounts[0].destination == "/w/x/y"'
		holds '.ocipipe.prepare == [{step:"secret",mount:"/w/x/y",id:"a",source:{file:"/s/a"},mode:288,uid:5,gid:6}]'
	done
	made "$declared" --mount=type=secret,target=/etc/a # buildah later: the id is the target's last part
	holds '.ocipipe.prepare[0].id == "a"'
	made "$declared" --mount=type=secret,id=a,mode=37777706755 # 32 bits, of which nine count (B190)
	holds '.ocipipe.prepare[0].mode == 493'
	for word in required{,=1,=t,=T,=TRUE,=true,=True,=0,=f,=F,=FALSE,=false,=False}; do
		made "$declared" "--mount=type=secret,id=a,$word"
		assert_equal "$status" 0
		holds '.mounts | length == 1'
	done
	run -0 --separate-stderr mounts-apply "$declared" --mount=type=secret,id=a,target=d <<<'{}' # no directory is /
	holds '.mounts[0].destination == "/d"'
	made "$declared" '--mount="type=secret","id=a","target=/a,b"'
	holds '.mounts[0].destination == "/a,b"'
}

@test "what is not a word of a secret mount, or wrong, is an error (B156, B185, B186)" {
	while read -r words said; do
		made --secret=id=a,src=/s/a "--mount=type=secret,$words"
		[ "$status" -eq 2 ] || fail "$words: $status"
		complains "$said"
		refute_output
	done <<-'END'
		id 'id' needs a value
		id= 'id' needs a value
		target 'target' needs a value
		mode=0400 needs an id
		id=a,mode=9 '9' is not an octal mode
		id=a,mode=77777777777 '77777777777' is not an octal mode
		id=a,uid=-1 '-1' is not an id
		id=a,uid=4294967295 '4294967295' is not an id
		id=a,gid=1e3 '1e3' is not an id
		id=a,required=yes unknown option 'yes'
		id=a,env=TOKEN unknown option 'env'
		id=a,ro 'ro' is not an option of a mount of type secret
		id=a,nosuid 'nosuid' is not an option of a mount of type secret
		id=a,U 'U' is not an option of a mount of type secret
		id=a,src=/x 'src' is not an option of a mount of type secret
		id=a,sharing=locked 'sharing' is not an option of a mount of type secret
		id=a,size=1 'size' is not an option of a mount of type secret
		id=a,target=/ the target must not be /
		id=a,target=/proc/x the target must not be in /proc
		id=../a the id '../a' leads out of /run/secrets
		id=. the id '.' leads out of /run/secrets
	END
	made --mount=type=bind,source=/x,target=/y,required
	assert_equal "$status" 2
	complains "'required' is not an option of a mount of type bind"
}

@test "a secret that nobody declared is left out, or an error if it is required (B187, R24)" {
	doc='{"process":{"cwd":"/"},"mounts":[{"destination":"/a","type":"tmpfs","source":"x"}]}'
	for words in id=a id=a,required=false,target=/a; do
		run -0 --separate-stderr mounts-apply --compact "--mount=type=secret,$words" <<<"$doc"
		assert_output "$doc"
	done
	run -0 --separate-stderr mounts-apply --compact --mount=type=secret,id=a --secret=id=b,src=/b <<<'{}'
	assert_output '{}'
	made --mount=type=secret,id=a,required --secret=id=b,src=/b
	assert_equal "$status" 2
	refute_output
	complains "there is no secret 'a'"
	complains 'declare it: --secret=id=a,src=FILE'
}

@test "how a secret is declared: a file, a variable, a descriptor (B411)" {
	declares() {
		made "--secret=$1" --mount=type=secret,id=a
		[ "$status" -eq 0 ] || fail "$1: $stderr"
		holds --argjson want "$2" '.ocipipe.prepare[0].source == $want'
	}
	unset a
	declares id=a,src=/x '{"file":"/x"}'
	declares id=a,source=x,type=file "{\"file\":\"$PWD/x\"}"
	declares id=a,env=X '{"env":"X"}'
	declares type=env,env=X,id=a '{"env":"X"}'
	declares id=a,type=env,src=X '{"env":"X"}'
	declares id=a,type=env '{"env":"a"}'
	declares id=a,type=file "{\"file\":\"$PWD/a\"}"
	declares id=a "{\"file\":\"$PWD/a\"}"
	declares id=a,fd=3 '{"fd":3}'
	declares '"id=a","src=/x,y"' '{"file":"/x,y"}'
	export a=
	declares id=a '{"env":"a"}'
	declares id=a,src=a "{\"file\":\"$PWD/a\"}"
	made --secret=id=a,src=/1 --secret=id=a,src=/2 --mount=type=secret,id=a # the last one
	holds '.ocipipe.prepare[0].source.file == "/2"'
	while read -r words said; do
		made "--secret=$words"
		[ "$status" -eq 2 ] || fail "$words: $status"
		complains "--secret: $said"
	done <<-'END'
		src=/x needs an id
		id 'id' needs a value
		id=,src=/x 'id' needs a value
		id=a,src 'src' needs a value
		id=a,id=b two of one kind: 'a' and 'b'
		id=a,src=/x,source=/y two of one kind: '/x' and '/y'
		id=a,src=/x,env=X src, env and fd do not go together
		id=a,env=X,fd=3 src, env and fd do not go together
		id=a,type=file,env=X 'type=file' and 'env' do not go together
		id=a,type=env,fd=3 'type=env' and 'fd' do not go together
		id=a,type=socket unknown option 'socket'
		id=a,mode=0400 unknown option 'mode'
		id=a,fd=2 '2' is not a descriptor above 2
		id=a,fd=-1 '-1' is not a descriptor above 2
		id=a,fd=4294967296 '4294967296' is not a descriptor above 2
		id=a,env=X=Y 'X=Y' is not the name of a variable
		"id=a a quoted field does not end
	END
}

@test "of one target the last mount stays, with its own step; twice is once (B159)" {
	set -- --secret=id=a,src=/a --secret=id=b,env=B --mount=type=secret,id=a,target=/t
	made "$@" --mount=type=secret,id=b,target=/t/
	holds '[.mounts[].destination] == ["/t"]'
	holds '.ocipipe.prepare == [{step:"secret",mount:"/t",id:"b",source:{env:"B"}}]'
	once=$(mounts-apply "$@" <<<'{}')
	assert_equal "$(mounts-apply "$@" <<<"$once")" "$once"
	run -0 mounts-apply --remove=/t <<<"$once"
	holds '.mounts == [] and .ocipipe.prepare == null'
}

@test "a source of a document that is none is an error" {
	for source in '{}' '{"env":"A","file":"/a"}' '{"env":""}' '{"file":"a"}' '{"fd":2}' '{"fd":"3"}' '{"value":"x"}' '"x"' null; do
		echo "$source"
		run -125 --separate-stderr ocirun --dry-run <<<"$(ocigen --rootfs="$WORK/rootfs" -- true |
			mounts-apply --secret=id=a,src=/a --mount=type=secret,id=a |
			jq --argjson s "$source" '(.ocipipe.prepare[] | select(.step == "secret")).source = $s')"
		complains /ocipipe/prepare/
	done
}

# ---- from inside ---------------------------------------------------------------

@test "a container reads its secrets, with their modes and owners, and cannot write to them (B185, B186, B190, B191)" {
	check() {
		for _ in 1 2; do # a second run sees the same
			run -0 --separate-stderr step "$1" "$2" \
				'--secret=id=f,src=$WORK/file --secret=id=e,env=TOKEN
				--mount=type=secret,id=f --mount=type=secret,id=e,mode=0644,uid=3,gid=4 --mount=type=secret,id=e,target=/etc/deep/e' \
				sh -c 'cat /run/secrets/f /run/secrets/e /etc/deep/e; echo
				stat -c "%n %a %u:%g %s" /run/secrets/f /run/secrets/e /etc/deep/e
				sed -n "s|.* /run/secrets/f \([^ ]*\) .*- \([^ ]*\) .*|\1 \2|p" /proc/self/mountinfo
				for f in /run/secrets/f /etc/deep/e; do
					echo x >$f; chmod 777 $f; rm $f; ls -l $f
				done 2>&1 | grep -c -e Read-only -e busy'
			silent
			assert_output "$(printf '%s\n' 'from a file' 'from a variablefrom a variable' \
				'/run/secrets/f 400 0:0 12' '/run/secrets/e 644 3:4 15' '/etc/deep/e 400 0:0 15' \
				'ro,nosuid,nodev,noexec,relatime ramfs' 6)"
			[ ! -e "$WORK/rootfs/run/secrets" ] # nor is what was mounted on left behind
			[ ! -e "$WORK/rootfs/etc/deep" ]
		done
	}
	each check
	export OCIRUN='--isolation=chroot --log-level=error'
	each check
}

@test "from a descriptor, read once, whatever it is; the command does not have it (B411)" {
	check() {
		run -0 --separate-stderr step "$1" "$2" \
			'--secret=id=d,fd=3 --mount=type=secret,id=d --mount=type=secret,id=d,target=/again' \
			sh -c 'cat /run/secrets/d /again; ls /proc/self/fd | sort -n | head -n 4 | tr "\n" " "' 3< <(echo from a pipe)
		assert_line --index 0 'from a pipe'
		assert_line --index 1 'from a pipe'
		assert_line --index 2 '0 1 2 3 ' # the last is the directory itself
	}
	each check
	run -0 --separate-stderr step root runc '--secret=id=d,fd=7 --mount=type=secret,id=d' cat /run/secrets/d 7<"$WORK/file"
	assert_output 'from a file'
	run -0 --separate-stderr python3 - "$WORK/step" <<-'END'
		import os, socket, subprocess, sys
		ours, theirs = socket.socketpair()
		ours.sendall(b"from a socket")
		ours.shutdown(socket.SHUT_WR)
		os.dup2(theirs.fileno(), 9)
		subprocess.run([sys.argv[1], '--rootfs="$WORK/rootfs"', "",
		                "--secret=id=d,fd=9 --mount=type=secret,id=d", "cat", "/run/secrets/d"],
		               pass_fds=[9], env={**os.environ, "OCI_RUNTIME": "runc"}, check=True)
	END
	assert_output 'from a socket'
}

@test "any bytes, from none to 16 MiB, and no more (R24)" {
	: >"$WORK/empty"
	printf 'a\0b\377\n\n' >"$WORK/binary"
	head -c 1048576 /dev/urandom >"$WORK/large"
	head -c 16777216 /dev/zero >"$WORK/largest"
	head -c 16777217 /dev/zero >"$WORK/beyond"
	export TOKEN=$'one\ntwo\n'
	check() {
		run -0 --separate-stderr step "$1" "$2" \
			'--secret=id=1,src=$WORK/empty --secret=id=2,src=$WORK/binary --secret=id=3,src=$WORK/large --secret=id=4,env=TOKEN --secret=id=5,fd=3
			--mount=type=secret,id=1 --mount=type=secret,id=2 --mount=type=secret,id=3 --mount=type=secret,id=4 --mount=type=secret,id=5' \
			sh -c 'cd /run/secrets; sha256sum 1 2 3 4 5' 3< <(cat "$WORK/largest")
		assert_output "$(cd "$WORK" && cp empty 1 && cp binary 2 && cp large 3 && printf '%s' "$TOKEN" >"4" && cp largest 5 && sha256sum 1 2 3 4 5)"
	}
	check root runc
	check mapped crun
	chown -hR "$TEST_USER:" "$WORK"
	check user runc
	for from in 'src=$WORK/beyond' fd=3; do
		run -125 --separate-stderr step root runc "--secret=id=1,$from --mount=type=secret,id=1" touch /made 3</dev/zero
		complains 'is more than 16 MiB'
		[ ! -e "$WORK/rootfs/made" ]
	done
}

@test "a secret in a tmpfs, in a volume, in a read-only root file system, and over a file that is there (B201)" {
	check() {
		rm -rf "$WORK/src"
		mkdir "$WORK/src"
		echo old >"$WORK/src/there"
		[ "$1" != user ] || chown -R "$TEST_USER:" "$WORK/src"
		run -0 --separate-stderr step_with "$1" "$2" '--rootfs="$WORK/rootfs" --read-only' \
			'--secret=id=a,env=TOKEN --tmpfs=/run -v "$WORK/src:/home"
			--mount=type=secret,id=a --mount=type=secret,id=a,target=/home/new/a --mount=type=secret,id=a,target=/home/there
			--mount=type=secret,id=a,target=/etc/passwd' \
			cat /run/secrets/a /home/new/a /home/there /etc/passwd
		assert_output "$TOKEN$TOKEN$TOKEN$TOKEN"
		silent
		assert_equal "$(find "$WORK/src" -mindepth 1)" "$WORK/src/there"
		assert_equal "$(cat "$WORK/src/there")" old
		run -125 --separate-stderr step "$1" "$2" \
			'--secret=id=a,env=TOKEN -v "$WORK/src:/home:ro" --mount=type=secret,id=a,target=/home/new/a' true
		complains '/home/new'
	}
	each check
	OCIRUN='--isolation=chroot --log-level=error' check root runc
}

@test "--dry-run says where a secret is from and needs none; --prepare-only refuses it" {
	mounts='--secret=id=a,env=NO_SUCH --secret=id=b,src=/no/such --secret=id=c,fd=99
		--mount=type=secret,id=a --mount=type=secret,id=b --mount=type=secret,id=c,target=/c'
	OCIRUN=--dry-run run -0 --separate-stderr step root runc "$mounts" true
	assert_line --partial 'secret   /run/secrets/a (id a, from $NO_SUCH,'
	assert_line --partial 'secret   /run/secrets/b (id b, from /no/such,'
	assert_line --partial 'secret   /c (id c, from descriptor 99,'
	mkdir "$WORK/bundle"
	OCIRUN="--prepare-only --bundle=$WORK/bundle" run -125 --separate-stderr step root runc "$mounts" true
	complains 'secret: a secret needs an ocirun that lives'
	assert_equal "$(ls -A "$WORK/bundle")" ''
}

@test "a secret is nobody's volume to hooks" {
	echo '{"version":"1.0.0","hook":{"path":"/bin/true"},"when":{"hasBindMounts":true},"stages":["prestart"]}' >"$WORK/hook.json"
	mkdir "$WORK/hooks"
	mv "$WORK/hook.json" "$WORK/hooks/"
	run -0 --separate-stderr hooks-apply --hooks-dir="$WORK/hooks" \
		<<<"$(mounts-apply --secret=id=a,env=TOKEN --mount=type=secret,id=a <<<'{"process":{"args":["x"]}}')"
	holds '.hooks == null'
}

@test "what is not there is an error, before anything is made (B158, B188, R22, R24)" {
	mkfifo "$WORK/fifo"
	ln -s file "$WORK/link"
	before=$(picture "$WORK/rootfs")
	fails() {
		run -125 --separate-stderr step root runc "$1 --mount=type=secret,id=a,target=/new/a" touch /made
		complains "ocirun: secret: /new/a: $2"
		[ -z "${3-}" ] || complains "$3"
		assert_equal "$(picture "$WORK/rootfs")" "$before"
	}
	fails '--secret=id=a,env=NO_SUCH' '$NO_SUCH: is not set' 'sudo --preserve-env=NO_SUCH'
	fails '--secret=id=a,src=/no/such' '/no/such: '
	fails '--secret=id=a,src=$WORK/fifo' "$WORK/fifo: "
	fails '--secret=id=a,src=/dev/null' '/dev/null: '
	fails '--secret=id=a,src=$WORK' "$WORK: "
	fails '--secret=id=a,fd=99' 'descriptor 99: is not open'
	OCIRUN=--preserve-fds=1 fails '--secret=id=a,fd=3' "descriptor 3: would be the command's, too" 3</dev/null
	OCIRUN=--preserve-fds=1 run -125 --separate-stderr step root runc '--secret=id=a,env=TOKEN --mount=type=secret,id=a' true 3<&-
	complains '--preserve-fds: descriptor 3 is not open' # nor is it one of ours
	run -0 --separate-stderr step root runc '--secret=id=a,src=$WORK/link --mount=type=secret,id=a' cat /run/secrets/a
	assert_output 'from a file'
}

@test "an id is a name, whatever is in it (B186, B189)" {
	check() {
		run -0 --separate-stderr step "$1" "$2" \
			'--secret=id=../../x,env=TOKEN --secret=id=-a,env=TOKEN --secret=id=b/c,env=TOKEN "--secret=id=ä ü,env=TOKEN"
			--mount=type=secret,id=../../x,target=/etc/x --mount=type=secret,id=-a --mount=type=secret,id=b/c "--mount=type=secret,id=ä ü"' \
			sh -c 'cat /etc/x /run/secrets/-a /run/secrets/b/c "/run/secrets/ä ü"'
		assert_output "$TOKEN$TOKEN$TOKEN$TOKEN"
	}
	check root runc
	check mapped crun
	: >"$WORK/-x"
	cd "$WORK"
	run -0 --separate-stderr step root runc '--secret=id=-x,src=-x --mount=type=secret,id=-x' stat -c %s /run/secrets/-x
	assert_output 0
}

@test "an owner whom the mappings do not have is an error; another user of the container cannot read" {
	run -125 --separate-stderr step mapped runc '--secret=id=a,env=TOKEN --mount=type=secret,id=a,uid=70000' true
	complains 'secret: /run/secrets/a: its owner 70000:0 has no mapping'
	check() {
		run -1 --separate-stderr step_with "$1" "$2" '--rootfs="$WORK/rootfs" --user=1000' \
			'--secret=id=a,env=TOKEN --mount=type=secret,id=a --mount=type=secret,id=a,uid=1000,target=/mine' \
			sh -c 'cat /mine; cat /run/secrets/a'
		assert_output "$TOKEN"
		complains 'Permission denied'
	}
	each check
}
