#!/usr/bin/env bats
# How every filter writes: everything or nothing, and not in vain.
# shellcheck disable=SC2016,SC2154,SC1003 # text for other shells; what run sets
load lib
load laws

prepare() {
	cp "$FULL" in
	"$(readers | head -n 1)" <in >plain
}

# fails TEXT COMMAND...: exit 4, no output, one line that holds TEXT.
fails() {
	local text=$1
	shift
	run -4 --separate-stderr "$@"
	[ -z "$output" ] || fail "output: $output"
	complains "$text"
	[ "${#stderr_lines[@]}" -eq 1 ] || fail "more than a line: $stderr"
}

# True if the directory holds these files only; bats puts standard error into it, too.
nothing_but() {
	diff <(printf '%s\n' "$@") <(find . -type f ! -name 'separate-stderr-*' -printf '%P\n' | sort)
}

@test "a full disk is an error of the filter that writes (F21)" {
	for filter in $(readers); do
		fails "$filter: cannot write: No space left on device" \
			bash -c 'exec "$0" <in >/dev/full' "$filter"
		fails "$filter: /dev/full: cannot write: No space left on device" \
			"$filter" --input=in --output=/dev/full
	done
}

@test "standard output that is closed is an error, and no file takes its place (F21)" {
	for filter in $(readers); do
		fails "$filter: cannot write: Bad file descriptor" \
			bash -c 'exec "$0" --input=in >&-' "$filter"
		run -0 --separate-stderr bash -c 'exec "$0" --input=in --output=out >&-' "$filter"
		jq -e '.ociVersion == "1.3.0" and (.ocipipe.inputs | index("in"))' out >found
	done
}

# Run a command that may write no byte to a file; descriptor 3 is its output.
limited() {
	(ulimit -f 0 && exec "$@") 2>&1 >&3 | cat
	return "${PIPESTATUS[0]}"
}

@test "a limit on the size of files is an error and not a death (F21)" {
	for filter in $(readers); do
		run -4 limited "$filter" <in 3>file
		assert_output "$filter: cannot write: File too large"
		rm file
		run -4 limited "$filter" --output=file <in 3>/dev/null
		assert_output "$filter: file: cannot write: File too large"
		nothing_but in plain
	done
}

@test "a reader that goes away is told to nobody (F21)" {
	big >large
	for filter in $(readers); do
		# Dead by SIGPIPE, or where that is ignored, exit 1.
		run -141 --separate-stderr bash -c 'set -o pipefail; env --default-signal=PIPE "$0" <large | :' \
			"$filter"
		silent
		run -1 --separate-stderr bash -c 'trap "" PIPE; set -o pipefail; "$0" <large | :' \
			"$filter"
		silent
	done
}

# A document that no pipe holds.
big() {
	printf '{"big":"%0300000d",' 0
	tail -n +2 in
}

@test "--help and its like say when they cannot be written (F21)" {
	for tool in $(tools); do
		failure=$([ "$tool" = ocirun ] && echo 125 || echo 4)
		for option in --help --version --introspect; do
			run "-$failure" --separate-stderr bash -c '"$0" "$1" >/dev/full' "$tool" $option
			complains "$tool: cannot write: No space left on device"
			run "-$failure" --separate-stderr bash -c '"$0" "$1" >&-' "$tool" $option
			complains "$tool: cannot write: Bad file descriptor"
		done
	done
}

@test "a pipe that takes a little at a time, or does not block, gets everything (F6, F22)" {
	big >large
	for filter in $(readers); do
		"$filter" <large >expected
		python3 "$TESTS/dribble.py" "$filter" <large >out
		cmp expected out || fail "$filter"
	done
}

@test "a message changes neither status nor output where standard error is closed or full (F23)" {
	for filter in $(readers); do
		for where in '2>&-' '2>/dev/full'; do
			run -1 bash -c "exec \"\$0\" --output=out $where <<<'{'" "$filter"
			[ ! -e out ]
			run -2 bash -c "exec \"\$0\" --no-such-option $where" "$filter"
			bash -c "exec \"\$0\" --output=out $where <in" "$filter"
			cmp plain out || fail "$filter $where"
			rm out
		done
	done
}

@test "a diff that cannot be written is an error" {
	run -4 --separate-stderr bash -c 'ns-apply --hostname=other --diff <in 2>/dev/full'
	[ -z "$output" ]
	run -0 --separate-stderr bash -c 'ns-apply --diff <in 2>/dev/full' # nothing to say
	ns-apply --diff <in 2>shown >/dev/null
	[ ! -s shown ]
}

@test "--output replaces a file as a whole, keeps its mode, and may be the input" {
	for filter in $(readers); do
		for mode in 600 644 640 666; do
			cp in out
			chmod "$mode" out
			inode=$(stat -c %i out)
			"$filter" --output=out <in
			cmp plain out || fail "$filter"
			[ "$(stat -c %a out)" = "$mode" ]
			[ "$(stat -c %i out)" != "$inode" ]
			"$filter" --output=out --input=out
			cmp plain out || fail "$filter"
		done
		(umask 027 && "$filter" -o new <in)
		[ "$(stat -c %a new)" = 640 ]
		rm new
		nothing_but in out plain
	done
}

@test "--output keeps the owner of the file that it replaces" {
	need_user
	cp in out
	chown "$TEST_USER:" out
	ns-apply --output=out <in
	[ "$(stat -c %U out)" = "$TEST_USER" ]
	# An ordinary user cannot give files away, and may replace others' in a directory of his.
	mkdir "$USER_DIR/dir"
	chown "$TEST_USER:" "$USER_DIR/dir"
	cp in "$USER_DIR/dir/out"
	as_user "$BIN/ns-apply" --output="$USER_DIR/dir/out" <in
	[ "$(stat -c %U "$USER_DIR/dir/out")" = "$TEST_USER" ]
	rm -r "$USER_DIR/dir"
}

@test "--output writes through a symbolic link, and - is standard output" {
	mkdir dir
	ln -s dir/target link
	: >dir/target
	for filter in $(readers); do
		"$filter" --output=link <in
		[ -L link ]
		cmp plain dir/target || fail "$filter"
		"$filter" --output=- <in >out
		cmp plain out
		"$filter" --output=/dev/stdout <in | cmp plain -
	done
	[ "$(ls dir)" = target ]
	rm dir/target
	fails 'ns-apply: link: cannot tell where it leads: No such file' ns-apply --output=link <in
	[ ! -e ./- ]
}

@test "--output says what it could not write, and leaves nothing behind" {
	: >file
	for filter in $(readers); do
		fails "$filter: no/out: cannot write: No such file" "$filter" --output=no/out <in
		fails "$filter: file/out: cannot write: Not a directory" \
			"$filter" --output=file/out <in
		fails "$filter: /tmp: cannot open: Is a directory" "$filter" --output=/tmp <in
	done
	nothing_but file in plain
}

@test "a failing filter leaves the old --output, --depfile and --trace as they were" {
	for file in out dep trace; do
		echo old >$file
	done
	for filter in $(readers); do
		run -1 --separate-stderr "$filter" -o out --depfile=dep --trace=trace <<<'{'
		for file in out dep trace; do
			[ "$(cat $file)" = old ] || fail "$filter: $file"
		done
	done
}

@test "--if-changed leaves an equal file alone, whatever its mode" {
	for filter in $(readers); do
		"$filter" -o out <in
		chmod 600 out
		touch -d 2001-01-01 out
		"$filter" -o out --if-changed <in
		[ "$(stat -c '%y %a' out)" = '2001-01-01 00:00:00.000000000 +0000 600' ]
		"$filter" -o out <in
		[ "$(stat -c %Y out)" -gt 1000000000 ]
		echo other >out
		"$filter" -o out --if-changed <in
		cmp plain out
		: >out
		"$filter" -o out --if-changed <in
		cmp plain out
	done
}

@test "a filter with --output says why nothing arrived, also between pipes" {
	for filter in $(readers); do
		run -0 --separate-stderr bash -c 'false | "$0" --output=out | cat' "$filter"
		complains "$filter: standard input: no document: an earlier stage failed"
		[ ! -e out ]
	done
}

@test "--depfile makes a rule of the files that the whole pipe has read, as cc -MD -MP does" {
	cp in 'a doc'
	ns-apply --input='a doc' | idmap-apply -o out.json --depfile=out.d
	diff - out.d <<-'END'
		out.json: \
		  /etc/hostname-of-an-earlier-stage \
		  a\ doc

		/etc/hostname-of-an-earlier-stage:

		a\ doc:
	END
	ns-apply <in --depfile=out.d --deptarget='the $target' >out
	head -n 1 out.d | diff - <(echo 'the\ $$target: \')
	run -2 --separate-stderr ns-apply --depfile=out.d <in
	complains "--depfile: needs --output or --deptarget to name the rule's target"
	# A file written over itself does not depend on itself.
	jq 'del(.ocipipe)' in >same
	ns-apply --input=same | ns-apply --output=same --depfile=same.d
	diff - same.d <<<'same:'
	jq '.ocipipe.inputs = ["x", 1]' in >wrong
	run -1 --separate-stderr ns-apply --depfile=out.d --output=out <wrong
	complains 'ns-apply: --depfile: /ocipipe/inputs/1: must be a string, but is a number'
}

@test "make rebuilds a document when a file that any stage has read changes, or is gone" {
	jq 'del(.ocipipe)' in >base.json
	cat >Makefile <<-'END'
		out.json: ; ns-apply --input=base.json --hostname=a | ns-apply --compact | \
			ns-apply -o $@ --depfile=out.d
		-include out.d
	END
	run -0 --separate-stderr make
	assert_line --partial 'ns-apply --input=base.json'
	run -0 --separate-stderr make
	assert_output --partial "'out.json' is up to date"
	touch -d '1 hour' base.json
	run -0 --separate-stderr make
	assert_line --partial 'ns-apply --input=base.json'
	# The empty rule lets a file go that is no longer an input.
	sed -i 's/base.json/other.json/' Makefile
	mv base.json other.json
	run -0 --separate-stderr make
	assert_line --partial 'ns-apply --input=other.json'
}

@test "make reads every name that --depfile writes" {
	jq 'del(.ocipipe)' in >doc
	while IFS= read -r name; do
		cp -- doc "$name"
		touch -d 2001-01-01 -- "$name"
		ns-apply --input="$name" -o out --depfile=out.d || fail "$name"
		printf 'out: ; @echo made\n-include out.d\n' >Makefile
		run -0 make
		[ "$output" = "make: 'out' is up to date." ] || fail "$name: $output"
		touch -d '1 hour' -- "$name"
		run -0 make
		assert_line made
		rm -- "$name"
		run -0 make
		assert_line made
	done <<-'END'
		plain
		a b
		a#b
		a$b
		a$(b)c
		a:b
		a%b
		a*b
		a?b
		a[b]c
		a=b
		=
		a:=b
		a\b
		a\ b
		a\#b
		a&b
		a&
		-x
		+x
		@x
		a,b
		a'b"c
		é
		export
		a{b}
		${x}
	END
	for name in $'a\nb' 'a;b' 'a|b' 'a\' 'a ' '~a'; do
		cp -- doc "$name"
		run -1 --separate-stderr ns-apply --input="$name" -o out --depfile=out.d
		complains 'has no spelling in a make rule'
	done
}

@test "--trace that cannot be written fails the stage before anything is written" {
	for filter in $(readers); do
		fails "$filter: no/trace: cannot open the trace: No such file" \
			"$filter" --trace=no/trace --output=out <in
		fails "$filter: /dev/full: cannot write the trace: No space left on device" \
			"$filter" --trace=/dev/full --output=out <in
		[ ! -e out ]
	done
}
