#!/usr/bin/env bats
# --mount=type=cache: directories that last from run to run.
load lib
load steps

prepare() {
	make_work
	mkdir -p "$WORK/stage/part" "$WORK/run"
	echo staged >"$WORK/stage/part/file"
}

teardown() {
	[ -z "${WORK-}" ] || umount "$WORK/caches-mapped" 2>/dev/null || true
	remove_work
}

# step WHO RUNTIME 'OPTIONS OF MOUNTS-APPLY' COMMAND...
step() {
	local who=$1 runtime=$2
	shift 2
	OCIRUN="--cache-dir=$WORK/caches-${CACHES-$who} $OCIRUN" step_with "$who" "$runtime" '--rootfs="$WORK/rootfs"' "$@"
}

made() {
	run --separate-stderr mounts-apply --compact --mount="$1" <<<'{"ociVersion":"1.0.2","process":{"cwd":"/w"}}'
}

# ---- the document --------------------------------------------------------------

@test "every word and alias of a cache mount (B156, B172, B175, B182, B183, B184)" {
	made type=cache,target=/c
	holds '.mounts == [{destination:"/c",type:"bind",source:"cache",options:["rbind","rprivate","rw"]}]'
	holds '.ocipipe.prepare == [{step:"cache",mount:"/c",id:"/c"},{step:"relabel",mount:"/c",shared:true}]'
	made id=x,type=cache,dst=c,sharing=locked,mode=0700,uid=5,gid=6,src=/a/../b,nosuid,nodev,noexec,ro,Z,bind-propagation=rslave,U
	holds '.mounts == [{destination:"/w/c",type:"bind",source:"cache",options:["rbind","rslave","nosuid","nodev","noexec","ro"]}]'
	holds '.ocipipe.prepare == [{step:"cache",mount:"/w/c",id:"x",sharing:"locked",mode:448,uid:5,gid:6,subpath:"/a/../b"},
		{step:"relabel",mount:"/w/c",shared:false},{step:"chown",mount:"/w/c"}]'
	for words in rw readwrite rw=true ro=false; do
		made "type=cache,destination=/c,$words"
		holds '[.mounts[0].options[] | select(. == "rw")] == ["rw"]'
	done
	for words in ro readonly readonly=1; do
		made "type=cache,target=/c,$words"
		holds '[.mounts[0].options[] | select(. == "ro" or . == "rw")] == ["ro"]'
	done
	for word in shared rshared private rprivate slave rslave; do
		made "type=cache,target=/c,$word"
		holds --arg w "$word" '.mounts[0].options | index($w)'
	done
}

@test "what is not a word of a cache mount, or is there twice, is an error (B156, B166, B167, B172)" {
	while read -r words said; do
		made "type=cache,$words"
		[ "$status" -eq 2 ] || fail "$words: $status"
		complains "$said"
	done <<-'END'
		target=/c,sharing=x unknown option 'x'
		target=/c,sharing 'sharing' needs a value
		target=/c,mode=999 '999' is not an octal mode
		target=/c,uid=-1 '-1' is not an id
		target=/c,gid=4294967295 '4294967295' is not an id
		target=/c,ro,rw 'ro' and 'rw' do not go together
		target=/c,ro,readonly 'ro' and 'ro' do not go together
		target=/c,bind-propagation=O unknown option 'O'
		target=/c,shared,private 'shared' and 'private' do not go together
		target=/c,tmpcopyup 'tmpcopyup' is not an option of a mount of type cache
		target=/c,size=1m 'size' is not an option of a mount of type cache
		target=/c,upperdir=/x 'upperdir' is not an option of a mount of type cache
		target=/c,id= 'id' needs a value
		target=/c,from=none there is no context 'none'
		sharing=locked has no target
		type=cash,target=/c unknown option 'cash'
	END
}

@test "of one target the last mount stays, with its own steps (B159)" {
	run -0 mounts-apply --mount=type=cache,target=/c,id=a --mount=type=cache,target=/c/,id=b,sharing=locked <<<'{}'
	holds '[.mounts[].destination] == ["/c"]'
	holds '[.ocipipe.prepare[] | select(.step == "cache")] == [{step:"cache",mount:"/c",id:"b",sharing:"locked"}]'
	run -0 mounts-apply --remove=/c <<<"$output"
	holds '.mounts == [] and .ocipipe.prepare == null'
}

@test "a cache has a label that containers share, unless another one is asked for, or a context is shown (B173)" {
	while read -r words label; do
		made "type=cache,target=/c,$words"
		holds --argjson l "$label" '[.ocipipe.prepare[] | select(.step == "relabel") | .shared] == $l'
	done <<-'END'
		id=x [true]
		z [true]
		Z [false]
		relabel=private [false]
		relabel=shared [true]
	END
	run -0 --separate-stderr mounts-apply --build-context=s=/x --mount=type=cache,from=s,target=/c <<<'{}'
	holds '[.ocipipe.prepare[] | select(.step == "relabel")] == []'
	run -0 --separate-stderr mounts-apply --build-context=s=/x --mount=type=cache,from=s,target=/c,Z <<<'{}'
	holds '[.ocipipe.prepare[] | select(.step == "relabel") | .shared] == [false]'
}

# ---- from inside ---------------------------------------------------------------

@test "a cache lasts, with the mode and owner that it was made with (B172, B174, B175, B177)" {
	check() {
		rm -rf "$WORK/caches-$1"
		for n in 1 2; do
			run -0 --separate-stderr step "$1" "$2" '--mount=type=cache,target=/c,mode=1770,uid=3,gid=4 --mount=type=cache,target=/d' \
				sh -c "stat -c '%a %u %g' /c /d; echo $n >>/c/file; cat /c/file"
			silent
			assert_line --index 0 '1770 3 4'
			assert_line --index 1 '755 0 0'
		done
		assert_line --index 2 1
		assert_line --index 3 2
		assert_equal "$(stat -c %a "$WORK/caches-$1")" 700
		[ ! -e "$WORK/rootfs/c" ]
	}
	each check
}

@test "a cache has the same owners in every run, with a user namespace and without (B004, B177)" {
	CACHES=shared
	for order in 'root mapped root mapped' 'mapped root mapped root'; do
		for who in $order; do
			run -0 --separate-stderr step "$who" "$([ "$who" = root ] && echo runc || echo crun)" \
				'--mount=type=cache,target=/c,id=own --mount=type=cache,target=/w,id=words,uid=3,gid=4,mode=2775' \
				sh -c 'stat -c "%a %u %g" /c /w; find /c /w -mindepth 1 -exec stat -c "%n %u %g" {} + | sort
					mkdir -p /c/dir; touch /c/by-'"$who"' /w/by-'"$who"'; chown 7:8 /c/by-'"$who"'; rm -f /c/gone; touch /c/gone'
			silent
			assert_line --index 0 '755 0 0'
			assert_line --index 1 '2775 3 4'
			refute_line --partial 65534
		done
		assert_output '755 0 0
2775 3 4
/c/by-mapped 7 8
/c/by-root 7 8
/c/dir 0 0
/c/gone 0 0
/w/by-mapped 0 4
/w/by-root 0 4'
		assert_equal "$(find "$WORK/caches-shared" -path '*/data*' \( -uid +99 -o -gid +99 \))" ''
		rm -rf "$WORK/caches-shared"
	done
}

@test "what U gives a cache to owns it in every run, and below it as well (B133, B177)" {
	OCIRUN="--cache-dir=$WORK/caches-shared"
	for who in root mapped root; do
		run --separate-stderr step_with "$who" runc '--rootfs="$WORK/rootfs" --user=5:6' \
			'--mount=type=cache,target=/c,id=u,U,source=a/b --mount=type=tmpfs,target=/c/t' \
			sh -c 'stat -c "%u %g" /c; touch /c/mine && stat -c "%u %g" /c/mine'
		silent
		[ "$status" -eq 0 ] || fail "$stderr"
		assert_output $'5 6\n5 6'
	done
}

@test "a cache's owner must be one of the container's (B177)" {
	run -125 --separate-stderr step mapped runc '--mount=type=cache,target=/c,uid=70000' true
	complains 'its owner 70000:0 has no mapping'
}

@test "a file system that cannot show other owners is said by the mount, with a remedy (B177)" {
	mkdir "$WORK/caches-mapped"
	mount -t ramfs none "$WORK/caches-mapped"
	chmod 700 "$WORK/caches-mapped"
	run -125 --separate-stderr step mapped runc '--mount=type=cache,target=/c' true
	complains 'source: /c: cannot map the owners of this file system'
	complains 'hint: its directory needs another file system: --cache-dir'
	CACHES=mapped run -0 --separate-stderr step root runc '--mount=type=cache,target=/c' stat -c %u /c
	assert_output 0
	mkdir "$WORK/caches-mapped/src"
	run -125 --separate-stderr step_with mapped runc '--rootfs="$WORK/rootfs"' '-v "$WORK/caches-mapped/src:/c:idmap"' true
	complains "source: $WORK/caches-mapped/src: cannot map the owners of this file system"
	umount "$WORK/caches-mapped"
}

@test "an id is a name, whatever is in it: none leads out (B175, B176, CVE-2024-9675)" {
	mkdir "$WORK/canary"
	echo canary >"$WORK/canary/file"
	long=$(printf 'x%.0s' {1..300})
	check() {
		rm -rf "$WORK/caches-$1"
		for id in ../../canary "../../../../$WORK/canary" "$WORK/canary" "$long" . .. / $'a\nb' lock ä; do
			export ID=$id
			run -0 --separate-stderr step "$1" "$2" '"--mount=type=cache,target=/c,id=$ID,source=../../canary"' \
				sh -c 'ls /c; echo x >/c/made'
			refute_output
			silent
		done
		assert_equal "$(cat "$WORK/canary/file")" canary
		assert_equal "$(ls "$WORK/canary")" file
		[ "$(find "$WORK/caches-$1" -name made | wc -l)" -eq 10 ]
	}
	check root runc
	check mapped crun
	chown -hR "$TEST_USER:" "$WORK"
	check user runc
}

@test "source= is a directory in the cache, links resolved inside" {
	check() {
		rm -rf "$WORK/caches-$1"
		run -0 --separate-stderr step "$1" "$2" '--mount=type=cache,target=/c,id=s,source=a/b' sh -c 'echo 1 >/c/file'
		run -0 --separate-stderr step "$1" "$2" '--mount=type=cache,target=/c,id=s' sh -c 'cat /c/a/b/file; ln -s /etc /c/out'
		assert_output 1
		run -0 --separate-stderr step "$1" "$2" '--mount=type=cache,target=/c,id=s,source=out' sh -c 'ls /c; echo x >/c/made'
		refute_output
		[ ! -e /etc/made ]
	}
	each check
}

@test "a cache from a context is what lies there, and written to (B178)" {
	check() {
		rm -f "$WORK/stage/part/new"
		run -0 --separate-stderr step "$1" "$2" \
			'--build-context=s=$WORK/stage --mount=type=cache,from=s,source=part,target=/c,sharing=locked,U' \
			sh -c 'cat /c/file; echo new >/c/new'
		assert_output staged
		assert_equal "$(cat "$WORK/stage/part/new")" new
	}
	each check
}

@test "a directory of others' is not used for caches (B174)" {
	check() {
		run -125 --separate-stderr step root runc '--mount=type=cache,target=/c' true
		complains "cache: $WORK/caches-root: $1"
	}
	mkdir "$WORK/caches-root"
	chmod 777 "$WORK/caches-root"
	check 'must belong to us, and others must not write to it'
	chmod 700 "$WORK/caches-root"
	chown 7 "$WORK/caches-root"
	check 'must belong to us'
	rmdir "$WORK/caches-root"
	ln -s "$WORK/stage" "$WORK/caches-root"
	check 'cannot open the directory: Not a directory'
	rm "$WORK/caches-root"
}

@test "each cache has its lock beside it, ours alone, and nowhere else (B179, B181)" {
	check() {
		rm -rf "$WORK/caches-$1"
		mkdir -p "$WORK/here"
		cd "$WORK/here"
		run -0 --separate-stderr step "$1" "$2" '--build-context=s=$WORK/stage --mount=type=cache,target=/a,id=../x --mount=type=cache,target=/b,sharing=locked --mount=type=cache,target=/c,from=s,sharing=locked' \
			sh -c 'ls -A /a /b'
		assert_output $'/a:\n\n/b:'
		silent
		for id in ../x /b /c; do
			cache=$WORK/caches-$1/$(printf %s "$id" | sha256sum | cut -c1-16)
			assert_equal "$(stat -c %a "$cache" "$cache/lock")" $'700\n600'
		done
		[ "$(find "$WORK/caches-$1" -name 'lock*' | wc -l)" -eq 3 ]
		[ -z "$(ls -A "$WORK/here")" ]
	}
	each check
}

@test "chroot isolation has caches too, the same ones (B172, B177)" {
	check() {
		rm -rf "$WORK/caches-$1"
		for isolation in chroot oci chroot; do
			OCIRUN="--isolation=$isolation" run -0 --separate-stderr step "$1" "$2" \
				'--mount=type=cache,target=/c,mode=1770,uid=3,gid=4 --mount=type=cache,target=/ro,ro' \
				sh -c "stat -c '%a %u %g' /c; stat -c '%u %g' /c/* | sort -u; rm -f /c/$isolation; touch /c/$isolation; touch /ro/x 2>/dev/null || echo read-only"
			assert_line --index 0 '1770 3 4'
			assert_line --index -1 read-only
		done
		assert_output $'1770 3 4\n0 0\nread-only'
	}
	check root runc
	check mapped crun
	chown -hR "$TEST_USER:" "$WORK"
	check user runc
}

# ---- sharing -------------------------------------------------------------------

# In the background: hold NAME 'OPTIONS' - a step that makes $WORK/run/NAME and ends when it is gone
hold() {
	step root runc "-v \$WORK/run:/run/it $2" \
		sh -c "touch /run/it/$1; while [ -e /run/it/$1 ]; do sleep 0.05; done" 3>&- &
	holder=$!
	await [ -e "$WORK/run/$1" ]
}

@test "a locked cache is had by one at a time, and the one who waits says so (B180, R23)" {
	hold first --mount=type=cache,target=/c,id=l,sharing=locked
	step root runc '--mount=type=cache,target=/c,id=l,sharing=locked' cat /c/said >"$WORK/second" 2>"$WORK/err" 3>&- &
	second=$!
	await grep -x "ocirun: waiting for the cache 'l', which ocipipe-[0-9a-f]* uses" "$WORK/err"
	kill -0 "$second"
	echo there >"$(find "$WORK/caches-root" -name data)/said"
	rm "$WORK/run/first"
	wait "$second"
	assert_equal "$(cat "$WORK/second")" there
	wait "$holder"
}

@test "who waits for a lock can be told to end, and leaves nothing (B180)" {
	hold first --mount=type=cache,target=/c,id=l,sharing=locked
	# Not SIGINT, which a shell has what it starts in the background ignore.
	OCIRUN="--name=waits-$$" step root runc '--mount=type=cache,target=/c,id=l,sharing=locked' true 2>"$WORK/err" 3>&- &
	waiter=$!
	await grep waiting "$WORK/err"
	pkill -TERM -o -f "^ocirun --cache-dir=$WORK/caches-root --name=waits-$$"
	status=0
	wait "$waiter" || status=$?
	[ "$status" -eq 143 ] || fail "$status"
	run find /run/ocipipe -name "waits-$$*"
	refute_output
	rm "$WORK/run/first"
	wait "$holder"
}

@test "waiting for a lock does not take longer than --timeout (B180)" {
	hold first --mount=type=cache,target=/c,id=l,sharing=locked
	OCIRUN=--timeout=1 run -124 --separate-stderr step root runc '--mount=type=cache,target=/c,id=l,sharing=locked' true
	# The first word is due in the same moment: that alone, or nothing.
	[[ $stderr =~ ^("ocirun: waiting for the cache 'l', which ocipipe-"[0-9a-f]*" uses")?$ ]] || fail "$stderr"
	OCIRUN=--timeout=3 run -124 --separate-stderr step root runc '--mount=type=cache,target=/c,id=l,sharing=locked' true
	complains 'waiting for the cache'
	rm "$WORK/run/first"
	wait "$holder"
}

@test "two caches in opposite orders do not wait for each other for ever (B181, R23)" {
	pids=()
	for n in {1..6}; do
		if [ $((n % 2)) -eq 0 ]; then
			mounts='--mount=type=cache,target=/a,id=a,sharing=locked --mount=type=cache,target=/b,id=b,sharing=locked'
		else
			mounts='--mount=type=cache,target=/b,id=b,sharing=locked --mount=type=cache,target=/a,id=a,sharing=locked --mount=type=cache,target=/again,id=a,sharing=locked'
		fi
		step root runc "$mounts" sh -c 'n=$(cat /a/n 2>/dev/null || echo 0); sleep 0.05; echo $((n + 1)) >/a/n' 3>&- 2>/dev/null &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	assert_equal "$(cat "$WORK"/caches-root/*/data/n)" 6
}

@test "the kernel frees the lock of a holder that is killed (R23)" {
	hold first --mount=type=cache,target=/c,id=l,sharing=locked
	while read -r pid; do
		kill -KILL "$pid"
	done < <(pgrep -f "ocirun --cache-dir=$WORK/caches-root")
	run -0 --separate-stderr step root runc '--mount=type=cache,target=/c,id=l,sharing=locked' echo mine
	assert_output mine
	rm -f "$WORK/run/first"
	wait "$holder" || true
}

@test "sixteen runs share a cache and lose nothing (B180, R23)" {
	pids=()
	for n in {1..16}; do
		step root runc '--mount=type=cache,target=/c' sh -c "echo $n >/c/$n" 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	[ "$(find "$WORK/caches-root" -path '*/data/*' | wc -l)" -eq 16 ]
}

@test "a private cache in use has another beside it, which lasts as well" {
	hold first --mount=type=cache,target=/c,id=p,sharing=private
	run -0 --separate-stderr step root runc '--mount=type=cache,target=/c,id=p,sharing=private' sh -c 'ls /c; echo second >/c/who'
	refute_output
	silent
	rm "$WORK/run/first"
	wait "$holder"
	run -0 --separate-stderr step root runc '--mount=type=cache,target=/c,id=p,sharing=private' ls /c
	refute_output
	hold again --mount=type=cache,target=/c,id=p,sharing=private
	run -0 --separate-stderr step root runc '--mount=type=cache,target=/c,id=p,sharing=private' cat /c/who
	assert_output second
	rm "$WORK/run/again"
	wait "$holder"
}

@test "one cache has one way of sharing in a run (B181)" {
	run -125 --separate-stderr step root runc \
		'--mount=type=cache,target=/a,id=x,sharing=locked --mount=type=cache,target=/b,id=x' true
	complains "/ocipipe/prepare/"
	complains "is not that of another mount of the cache 'x'"
}

# ---- --clean=caches ------------------------------------------------------------

@test "--clean=caches removes what nobody uses, and says how large it was" {
	check() {
		rm -rf "$WORK/caches-$1"
		run -0 --separate-stderr step "$1" "$2" '--mount=type=cache,target=/big --mount=type=cache,target=/c,id=named' \
			sh -c 'dd if=/dev/zero of=/big/file bs=1M count=3 2>/dev/null; mkdir -m 0 /c/closed; touch /c/file; chown 5 /c/file'
		case $1 in
		user) run -0 --separate-stderr as_user ocirun --cache-dir="$WORK/caches-$1" --clean=caches ;;
		*) run -0 --separate-stderr ocirun --cache-dir="$WORK/caches-$1" --clean=caches ;;
		esac
		assert_line --regexp '^ +3\.[0-9] MiB  "/big"$'
		assert_line --regexp '^ +0\.0 MiB  "named"$'
		run ls -A "$WORK/caches-$1"
		refute_output
	}
	check root runc
	check mapped runc
	chown -hR "$TEST_USER:" "$WORK"
	check user runc
}

@test "--clean=caches leaves a cache that is in use" {
	step root runc '--mount=type=cache,target=/idle' true
	hold first --mount=type=cache,target=/busy
	run -0 --separate-stderr ocirun --cache-dir="$WORK/caches-root" --clean=caches
	assert_line --partial /idle
	refute_output --partial /busy
	[ "$(find "$WORK/caches-root" -mindepth 1 -maxdepth 1 | wc -l)" -eq 1 ]
	rm "$WORK/run/first"
	wait "$holder"
	run -0 --separate-stderr ocirun --cache-dir="$WORK/none" --clean=caches
	refute_output
}
