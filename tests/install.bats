#!/usr/bin/env bats
# What make install puts somewhere, that it is whole, and that make uninstall takes it away.
load lib

# The tree that the programs under test were built from, installed below here.  Without the
# rule that links: other tests are running them, and with whatever flags they were built.
installed() {
	sed '/^\$(BINS):/,/^$/d' "$TESTS/../Makefile" |
		make -s -f - -C "$TESTS/.." "$@" BUILD="$BIN" DESTDIR="$PWD/dest" PREFIX=/usr
}

prepare() {
	[ -e "$BIN/flags" ] || skip 'the programs under test are not in a build directory'
}

# complete_with FILE WORD... - what bash offers for the last word
complete_with() {
	bash -c '. "$0"
		tool=$1
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		"$(complete -p "$tool" | sed -n "s/.*-F \([^ ]*\) .*/\1/p")"
		printf "%s\n" "${COMPREPLY[@]}"' "$@"
}

@test "every tool, manual and completion is installed, and nothing is left of them after uninstall" {
	# What others have there stays.
	mkdir -p dest/usr/share/man/man1 dest/usr/bin
	echo theirs | tee dest/usr/share/man/man1/ns.1 >dest/usr/bin/ns
	installed install
	for tool in $(tools); do
		[ -x "dest/usr/bin/$tool" ]
		[ -s "dest/usr/share/man/man1/$tool.1" ]
		[ -s "dest/usr/share/bash-completion/completions/$tool" ]
		[ -s "dest/usr/share/zsh/site-functions/_$tool" ]
		[ -s "dest/usr/share/fish/vendor_completions.d/$tool.fish" ]
		"dest/usr/bin/$tool" --version >/dev/null
	done
	[ -s dest/usr/share/man/man5/ocipipe.5 ] && [ -s dest/usr/share/man/man7/ocipipe.7 ]
	installed uninstall
	run -0 find dest ! -type d
	assert_output "$(printf 'dest/usr/%s\n' share/man/man1/ns.1 bin/ns)"
}

@test "bash completes options, their words and files, from each tool's own table" {
	installed completions
	there=$BIN/completions/bash
	for tool in $(tools); do
		bash -n "$there/$tool"
		complete_with "$there/$tool" "$tool" -- | tr -d = | sort >offered
		"$tool" --introspect | jq -r '.options[], .common[]? | select(.hidden | not) |
			.names[] | "--" + .' | sort | diff offered -
	done
	run -0 complete_with "$there/ns-apply" ns-apply --hostn
	assert_output --hostname=
	run -0 complete_with "$there/ns-apply" ns-apply --pid = pri
	assert_output private
	run -0 complete_with "$there/ns-apply" ns-apply --pid =
	assert_line host
	touch one.json two.json
	run -0 complete_with "$there/ns-apply" ns-apply --input = one
	assert_output one.json
	run -0 complete_with "$there/ns-apply" ns-apply -o tw
	assert_output two.json
	run -0 complete_with "$there/ns-apply" ns-apply --hostname = o
	assert_output ''
}

@test "the completions for zsh and fish have every option, and quote what they say" {
	installed completions
	for tool in $(tools); do
		"$tool" --introspect | jq -r '.options[], .common[]? | select(.hidden | not) | .names[]' |
			sort >names
		sed -nE "s/^	'\*--([a-z0-9-]+).*/\1/p" "$BIN/completions/zsh/_$tool" | sort | diff names -
		grep -oE -- '-l [a-z0-9-]+' "$BIN/completions/fish/$tool.fish" | cut -c4- | sort | diff names -
		# As far as quotes go, both are sh.
		sed "s/\\\\'/'\\\\''/g" "$BIN/completions/fish/$tool.fish" | bash -n
		bash -n "$BIN/completions/zsh/_$tool"
	done
}
