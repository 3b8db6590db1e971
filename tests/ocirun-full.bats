#!/usr/bin/env bats
# ocirun on file systems that are full, read-only or broken, at whatever moment.
load lib
load host
load ocirun

prepare() {
	${CC:-cc} -O1 -o "$HOST/hitat" "$TESTS/hitat.c"
	mkdir -p "$HOST/src" "$HOST/other" "$HOST/volume" "$HOST/rootfs/made"
	echo content >"$HOST/src/file"
	doc root -w /made -- sh -c 'exit 6' |
		mounts-apply -v "$HOST/src:/o:O" -v "$HOST/volume:/volume" -v "$HOST/other:/volume/below/dir" \
			--tmpfs=/missing/tmpfs --mount=type=cache,target=/cache,id=one \
			--secret=id=file,src="$HOST/src/file" --mount=type=secret,id=file >"$HOST/document"
}

teardown() {
	rm -rf "$HOST/src" "$HOST/other" "$HOST/volume" "$HOST/caches" "$HOST"/layer* "$HOST/document"
}

# The root filesystem and the sources, all that they are but times.
former() {
	find "$HOST/rootfs" "$HOST/src" "$HOST/other" "$HOST/volume" -printf '%p %y %m %U %G %s %l\n' | sort
}

# refused WHO RUNTIME WHICH NUMBER ERRNO TEXT - its NUMBERth change of a file system fails;
# 1 if there are fewer
refused() {
	local who=$1 runtime=$2 which=$3 number=$4 errno=$5 text=$6 status=0 what
	as "$who" "$runtime" "$HOST/hitat" "$which" "$number" "changes:$errno" \
		ocirun --cache-dir="$HOST/caches" "$HOST/document" >"$HOST/out" 2>"$HOST/err" </dev/null 7>"$HOST/call" || status=$?
	rm -rf "$HOST/caches" "$HOST"/layer*
	what="$who, $runtime: change $number of $which (call $(cat "$HOST/call")) by $text: $status: $(cat "$HOST/err")"
	[ "$status" -ne 99 ] || return 1
	# Which one it was is said by its path, in one line, and perhaps a hint.
	case $status in
	125) grep -Eq "^ocirun: .*/.*: $text\$" "$HOST/err" || fail "$what" ;;
	6) [ ! -s "$HOST/err" ] || grep -Eq "^ocirun: /.*: cannot (remove|empty).*: $text\$" "$HOST/err" || fail "$what" ;;
	*) fail "$what" ;;
	esac
	[ "$(grep -vc '^ocirun: hint: ' "$HOST/err")" -le 1 ] || fail "$what"
	# What could be taken back was; the rest goes with the next one.
	case $(cat "$HOST/err") in
	*'cannot remove'* | *'cannot empty'*) ;;
	*) rmdir_run_root; left_nothing || fail "$what" ;;
	esac
	as "$who" "$runtime" ocirun --clean >"$HOST/out" 2>&1 || fail "$what: $(cat "$HOST/out")"
	left_nothing || fail "$what"
	former | diff "$HOST/former" - || fail "$what"
}

# That it may be left empty is all that nobody says.
rmdir_run_root() {
	on_host sh -c 'rmdir /run/ocipipe /run/user/*/ocipipe 2>/dev/null; :'
}

# sweep WHO RUNTIME WHICH EVERY - each EVERYth change in turn is refused for another reason
sweep() {
	local every=$4 number=1 i=0
	local errors=('28:No space left on device' '30:Read-only file system' '5:Input/output error' '122:Disk quota exceeded')
	[ -z "${TORTURE-}" ] || every=1
	former >"$HOST/former"
	while refused "$1" "$2" "$3" "$number" "${errors[i]%%:*}" "${errors[i]#*:}"; do
		i=$(((i + 1) % 4))
		[ -n "${TORTURE-}" ] && [ $i -ne 0 ] || number=$((number + every))
	done
	[ "$number" -gt "$5" ] || fail "only $number changes"
}

@test "a change of a file system that is refused, whichever: 125 and its path, nothing left, the root as it was (R16)" {
	snapshot
	sweep root runc first 2 10
	sweep root crun worker 7 130
}

@test "the same with a user namespace (R16)" {
	snapshot
	doc mapped -w /made -- sh -c 'exit 6' | mounts-apply -v "$HOST/src:/o:O" >"$HOST/document"
	sweep mapped runc worker 17 80
}

@test "the same with a layer, which is there as a whole or not at all (R16)" {
	local number=1 every=13 status
	[ -z "${TORTURE-}" ] || every=1
	snapshot
	doc root --layer="$HOST/layer" -w /made -- sh -c 'echo new >/made/new' >"$HOST/document"
	former >"$HOST/former"
	for ((;; number += every)); do
		status=0
		on_host "$HOST/hitat" worker $number changes:28 ocirun --runtime=runc "$HOST/document" >"$HOST/out" 2>&1 7>"$HOST/call" || status=$?
		case $status in
		99) break ;;
		0) [ "$(cat "$HOST/layer/made/new")" = new ] ;;
		125) [ ! -e "$HOST/layer" ] || fail "$number: $(cat "$HOST/out")" ;;
		*) fail "$number: $status: $(cat "$HOST/out")" ;;
		esac
		rm -rf "$HOST/layer"
		run -0 on_host ocirun --clean
		left_nothing || fail "$number: $(cat "$HOST/out")"
		former | diff "$HOST/former" -
	done
	[ $number -gt 80 ]
}

@test "an ordinary user's (R16)" {
	[ -n "${USER_ROOTFS-}" ] || skip 'no second user'
	doc user -- sh -c 'exit 6' | mounts-apply --tmpfs=/missing/tmpfs >"$HOST/document"
	snapshot
	chmod 755 "$HOST/hitat"
	sweep user runc first 5 8
	sweep user crun worker 23 60
}

@test "a file system with too little room for a bundle, or too few inodes (R16)" {
	local how
	mkdir "$HOST/small"
	doc root -- sh -c 'exit 6' >"$HOST/document"
	snapshot
	for how in size=4k size=8k size=12k size=16k nr_inodes={2..14..2}; do
		run --separate-stderr on_host unshare --mount sh -c '
			mount -t tmpfs -o "$1" small "$2/small" && ocirun --data-root="$2/small" --runtime=runc "$2/document" || status=$?
			ls -A "$2/small"
			exit $status' sh "$how" "$HOST"
		refute_output
		case $status in
		6) silent ;;
		125) [[ $stderr == 'ocirun: '*"$HOST/small"*': No space left on device' ]] || fail "$how: $stderr" ;;
		*) fail "$how: $status $stderr" ;;
		esac
		left_nothing
	done
	[ "$status" -eq 6 ] # there was room in the end
	run -125 --separate-stderr on_host unshare --mount sh -c '
		mount -t tmpfs -o nr_inodes=2 small "$1/small" && ocirun --data-root="$1/small" --runtime=runc "$1/document"' sh "$HOST"
	rmdir "$HOST/small"
}
