#!/usr/bin/env bats
# What every tool makes of its command line: one table is the parser, the help, the manual.
# shellcheck disable=SC2016,SC2154 # text for other shells; what run sets
load lib
load laws

# The exit status of a tool whose command line is wrong.
usage() {
	[ "$1" = ocirun ] && echo 125 || echo 2
}

@test "the help shows every option of the table but the hidden ones, and nothing else" {
	for tool in $(tools); do
		"$tool" --introspect | jq -r '.options[], .common[] | select(.hidden | not) |
			.names[0] + (.letter // "" | if . == "" then "" else " -" + . end)' |
			sort >table
		"$tool" --help |
			sed -nE 's/^  (-(.), |    )--([a-z0-9-]+).*/\3 -\2/p' | sed 's/ -$//' |
			sort >help
		diff table help || fail "$tool"
	done
}

@test "every tool has a manual with just the options that it has" {
	for tool in $(tools); do
		laws manual "$tool" options "$TESTS/../man/$tool.1"
	done
}

@test "ocipipe(7) has the options of every filter, which all filters share" {
	laws manual ns-apply common "$TESTS/../man/ocipipe.7"
	ns-apply --introspect | jq .common >expected
	for filter in $(filters); do
		[ "$filter" != ocipatch ] || continue # --set and --unset are its own
		"$filter" --introspect | jq .common | diff expected - || fail "$filter"
	done
}

@test "a manual's first lines say what the tool says" {
	for tool in $(tools); do
		summary=$("$tool" --introspect | jq -r .summary)
		grep -qF ".Nm $tool" "$TESTS/../man/$tool.1"
		# In mdoc a semicolon that would be punctuation is a quoted one.
		sed -n 's/^\.Nd //p' "$TESTS/../man/$tool.1" | tr -d '\\&' |
			diff - <(echo "$summary") || fail "$tool"
	done
}

@test "options ask for values, refuse them, and bear odd ones (F20)" {
	for tool in $(tools); do
		laws odd-options "$tool"
	done
}

@test "no tool has a short -i or -c for what all of them have" {
	for tool in $(tools); do
		"$tool" --introspect | jq -e '[.common[].letter] - ["o", "h", "V", null] == []' >out
	done
}

@test "a misspelt option gets the nearest right one (F20)" {
	while read -r tool wrong hint; do
		run "-$(usage "$tool")" --separate-stderr "$tool" "$wrong" <<<'{}'
		[ -z "$output" ]
		[ "${stderr_lines[0]}" = "$tool: ${wrong%%=*}: unknown option" ] || fail "$stderr"
		[ "${stderr_lines[1]}" = "$tool: hint: $hint" ] || fail "$stderr"
		[ "${stderr_lines[2]}" = "Try '$tool --help'." ] || fail "$stderr"
	done <<-'END'
		ns-apply --hostnam=x --hostname?
		ns-apply --netwrok --network?
		ns-apply --compat --compact?
		idmap-apply --uidmpa=0:1:2 --uidmap?
		ocirun --runtme=x --runtime?
	END
	run -2 --separate-stderr ns-apply --entirely-unlike-any-option <<<'{}'
	[ "${#stderr_lines[@]}" -eq 2 ] || fail "$stderr"
}

@test "an option of another stage is answered with that stage" {
	# shellcheck disable=SC2046 # a list of words
	laws elsewhere "$TESTS/../lib/elsewhere.c" $(tools)
	while read -r tool wrong hint; do
		run "-$(usage "$tool")" --separate-stderr "$tool" "$wrong" <<<'{}'
		[ "${stderr_lines[1]}" = "$tool: hint: $hint" ] || fail "$stderr"
	done <<-'END'
		ocigen --memory=1g resources-apply --memory
		ns-apply --memroy=1g resources-apply --memory
		ns-apply -v mounts-apply --volume
		mounts-apply -m resources-apply --memory
		mounts-apply -w ocigen --workdir
		idmap-apply --net ns-apply --net
		ocirun --volume=/a:/b mounts-apply --volume
	END
}

@test "what podman's users look for has hints of its own" {
	while read -r wrong hint; do
		run -2 --separate-stderr ocigen "$wrong" <<<'{}'
		[[ ${stderr_lines[1]} == "ocigen: hint: "*"$hint"* ]] || fail "$wrong: $stderr"
	done <<-'END'
		--privileged drop the confinement you mean, stage by stage
		--rm ocirun always removes what it made
		--detach a service is: ocirun FILE &
		-d a service is: ocirun FILE &
		--publish=80:80 ns-apply --network=pasta:-t,PORT
		-p ns-apply --network=pasta:-t,PORT
		--security-opt=seccomp=f.json seccomp-apply --profile
		--security-opt=seccomp=unconfined seccomp-apply --profile
	END
}

@test "an error names the option as it was written, long, short or by another name" {
	run -2 --separate-stderr ns-apply --net=ns:here <<<'{}'
	complains "ns-apply: --net: "
	run -2 --separate-stderr ns-apply -o <<<'{}'
	complains 'ns-apply: -o: needs a value: FILE'
	run -2 --separate-stderr ns-apply --output <<<'{}'
	complains 'ns-apply: --output: needs a value: FILE'
	run -2 --separate-stderr ns-apply --compact=yes <<<'{}'
	complains 'ns-apply: --compact: takes no value'
}

@test "values follow = or stand alone, letters cluster, and -- ends the options (F20)" {
	for words in '--hostname=h --output=f' '--hostname h --output f' '--hostname h -o f' \
		'--hostname h -of' '--hostname h -of --'; do
		rm -f f
		# shellcheck disable=SC2086 # words
		ns-apply $words <<<'{}'
		jq -e '.hostname == "h"' f >found || fail "$words"
	done
	run -0 --separate-stderr ns-apply -Vh <<<'{}'
	assert_output --partial 'ns-apply (ocipipe)'
	run -0 --separate-stderr ns-apply -hx <<<'{}' # -h answers at once
	assert_line --index 0 --partial 'Usage: ns-apply'
}

@test "the last of several values wins (F20)" {
	run -0 --separate-stderr ns-apply --hostname=a --hostname=b <<<'{}'
	holds '.hostname == "b"'
	run -0 --separate-stderr ns-apply --pid=host --pid=/proc/1/ns/pid --pid=private <<<'{}'
	holds '.linux.namespaces == [{"type": "pid"}]'
	run -0 ns-apply --output=a --output=b <<<'{}'
	[ ! -e a ] && [ -e b ]
}

@test "a filter takes no operands, and says so (F20)" {
	for filter in $(readers); do
		[ "$("$filter" --introspect | jq -r '.operands // ""')" = '' ] || continue
		for words in 'x' '-- x' '-- --help' '-'; do
			# shellcheck disable=SC2086 # words
			run -2 --separate-stderr "$filter" $words <<<'{}'
			complains "$filter: '${words#-- }': takes no operands"
		done
		run -2 --separate-stderr "$filter" '' <<<'{}'
		complains "$filter: '': takes no operands"
	done
}

@test "options end at the first operand: the rest is the command's" {
	run -0 --separate-stderr ocigen --rootfs=/r make -j2 --help -- x
	holds '.process.args == ["make", "-j2", "--help", "--", "x"]'
	run -0 --separate-stderr ocigen --rootfs=/r -- --help
	holds '.process.args == ["--help"]'
}

@test "an argument that is not UTF-8 is an error, not a document without it (F20)" {
	for filter in $(filters); do
		run -2 --separate-stderr "$filter" $'--trace=\xff' <<<'{}'
		complains "$filter: argument 1 is not UTF-8"
	done
}

@test "- is standard input, and only once" {
	echo '{}' >doc
	run -2 --separate-stderr ocipatch --patch=- <doc
	complains 'ocipatch: -: standard input has been read already'
	complains 'ocipatch: hint: '
	run -0 --separate-stderr ocipatch --patch=- --input=doc <<<'[{"op":"add","path":"/a","value":1}]'
	holds '.a == 1'
	run -125 --separate-stderr ocirun --dry-run - <doc # which lacks everything
	complains 'ocirun: /'
}

@test "version and help answer at once, whatever else is wrong or missing" {
	for tool in $(tools); do
		run -0 --separate-stderr "$tool" --version --no-such-option
		assert_output --regexp "^$tool \(ocipipe\) [^ ]+$"
		run -0 --separate-stderr bash -c '"$0" --help <&-' "$tool"
		assert_line --index 0 --regexp "^Usage: $tool \[OPTION\.\.\.\]"
		silent
	done
}
