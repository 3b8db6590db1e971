#!/usr/bin/env bats
# ocigen: the environment.
# shellcheck disable=SC2016,SC1003,SC2030,SC2031,SC2154 # jq's variables, make's backslashes, bats's own
load lib

# The environment of the document that ocigen makes with these options, a line each.
env_of() {
	run -0 --separate-stderr ocigen "$@" -- x
	run -0 --separate-stderr jq -r '.process.env[]' <<<"$output"
}

path=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

@test "there is a PATH, and neither TERM nor HOME (B028, B030, B035)" {
	env_of
	assert_output "$path"
}

@test "a later value takes the place of an earlier one, a new name goes to the end (B030, B031)" {
	env_of -e A=1 -e B=2 -e PATH=/bin -e A=3 -e C= -e D=a=b
	assert_output "PATH=/bin
A=3
B=2
C=
D=a=b"
}

@test "a name alone is our variable, with * all that begin so, and nothing if there is none (B032, B413)" {
	unset ABSENT
	export ONE_A=1 ONE_B='x y' TWO=2 EMPTY=
	env_of -e TWO -e ABSENT -e EMPTY
	assert_output "$path
TWO=2
EMPTY="
	env_of -e 'ONE_*' -e 'NONE*'
	assert_line ONE_A=1
	assert_line 'ONE_B=x y'
	refute_line --partial TWO
	run -0 --separate-stderr env -i "$(command -v ocigen)" -e '*' --compact
	holds --arg p "$path" '.process.env == [$p]'
	run -0 --separate-stderr env -i Q=1 R=2 "$(command -v ocigen)" -e '*' --compact
	holds '.process.env[1:] | sort == ["Q=1", "R=2"]'
}

@test "variables are removed by name (B032)" {
	env_of -e A=1 --unsetenv=A --unsetenv=NONE -e B=1
	assert_output "$path
B=1"
	env_of --unsetenv=PATH -e A=1 --unsetenv=A -e A=2
	assert_output A=2
}

@test "what is not asked about stays as it was, twice or not (B031)" {
	run -0 --separate-stderr process-apply --compact -e D=1 \
		<<<'{"process":{"env":["A=1","B=1","A=2","C=1","A=3"]}}'
	assert_output '{"process":{"env":["A=1","B=1","A=2","C=1","A=3","D=1"]}}'
	run -0 --separate-stderr process-apply --compact -e A=4 \
		<<<'{"process":{"env":["A=1","B=1","A=2","C=1","A=3"]}}'
	assert_output '{"process":{"env":["A=4","B=1","C=1"]}}'
	run -0 --separate-stderr process-apply --compact --unsetenv=A -e C=2 -e A=9 \
		<<<'{"process":{"env":["A=1","B=1","A=2","C=1","A=3"]}}'
	assert_output '{"process":{"env":["B=1","C=2","A=9"]}}'
	run -0 --separate-stderr process-apply --compact --unsetenv=A <<<'{"process":{"env":["A=1"]}}'
	assert_output '{"process":{"env":[]}}'
	run -0 --separate-stderr process-apply --compact --unsetenv=A <<<'{"process":{}}'
	assert_output '{"process":{}}'
}

@test "any number of names is found, and names that are not there are not" {
	local count
	for count in 29 30 31 32 62 63 64 65 127 128 129 300; do
		seq -f 'V%.0f=1' "$count" >vars
		run -0 --separate-stderr timeout 20 ocigen -t --env-file=vars --env-file=vars --unsetenv=NONE -e V1=2 --unsetenv=V2 -- x
		holds --argjson n "$count" '.process.env | length == $n + 1 and (unique | length) == $n + 1'
		holds '.process.env[1] == "V1=2" and .process.env[-1] == "TERM=xterm"'
	done
}

@test "--env-merge puts the old value into the new one, once" {
	env_of --env-merge='PATH=/venv/bin:${PATH}'
	assert_output "PATH=/venv/bin:${path#PATH=}"
	env_of -e A=x --env-merge='A=<${A}>' --env-merge='A=<${A}>' --env-merge='B=<${B}>' --env-merge=C=c
	assert_line 'A=<x>'
	assert_line 'B=<>'
	assert_line C=c
	ocigen --env-merge='PATH=/venv/bin:${PATH}' -- x >one
	process-apply --env-merge='PATH=/venv/bin:${PATH}' <one >two
	cmp one two
	for merge in 'A=${B}' 'A=${A}${A}' 'A=${A' '=x'; do
		run -2 --separate-stderr ocigen --env-merge="$merge"
		complains --env-merge
	done
	env_of -e A=1 --env-merge='B=$A $ {A}'
	assert_line 'B=$A $ {A}'
}

@test "proxy variables are passed on only if asked, and count less than the document's (B029)" {
	export http_proxy=http://p HTTPS_PROXY=https://q no_proxy='' FTP_PROXY=f
	unset HTTP_PROXY https_proxy NO_PROXY ftp_proxy
	env_of
	assert_output "$path"
	env_of --http-proxy -e FTP_PROXY=mine
	assert_output "$path
http_proxy=http://p
no_proxy=
HTTPS_PROXY=https://q
FTP_PROXY=mine"
	run -0 --separate-stderr process-apply --http-proxy --compact <<<'{"process":{"env":["http_proxy=doc","FTP_PROXY=","HTTPS_PROXY=","no_proxy=x"]}}'
	assert_output '{"process":{"env":["http_proxy=doc","FTP_PROXY=","HTTPS_PROXY=","no_proxy=x"]}}'
}

@test "an environment file is read as podman does: no quoting, our own for a bare name" {
	export OURS=ours OURS_TOO=too
	unset ABSENT
	printf '\xef\xbb\xbf# comment\n\n  A=1\n\tB="q"  \nC=#x\r\nOURS\nABSENT\n#D=1\nOURS_*\nE=\\n$A\nA=2' >vars
	env_of --env-file=vars -e B=last
	assert_output "$path
A=2
B=last
C=#x
OURS=ours
OURS_TOO=too
E=\\n\$A"
	run -0 --separate-stderr sh -c 'echo F=1 | ocigen --env-file=- -- x'
	holds '.process.env[1:] == ["F=1"]'
	run -0 --separate-stderr ocigen --env-file=vars -- x
	holds '.ocipipe.inputs | index("vars")'
}

@test "what is wrong in an environment file is named with its line" {
	while IFS='|' read -r text message; do
		printf "A=1\n%b\n" "$text" >vars
		run -1 --separate-stderr ocigen --env-file=vars
		complains "ocigen: vars: line 2: $message"
		assert_output ''
	done <<-'END'
		=x|has no name
		A B=1|has a blank in the name 'A B'
		A\000B=1|has a NUL byte
		A=\377|the value of A is not UTF-8
		HOME=/\033|HOME has a control character
	END
}

@test "an environment file that is none is an error at once (F26)" {
	mkfifo fifo
	mkdir dir
	ln -s loop loop
	for file in fifo dir loop missing /dev/zero; do
		run -1 --separate-stderr timeout 10 ocigen --env-file="$file"
		complains "$file"
	done
	run -1 --separate-stderr ocigen --env-file=vars --max-input=1k -- x
	head -c 2000 /dev/zero | tr '\0' A >vars
	run -1 --separate-stderr ocigen --env-file=vars --max-input=1k -- x
	complains 'larger than 1024 bytes'
	run -2 --separate-stderr process-apply --env-file=- <<<'{}'
	complains 'standard input has been read already'
}

@test "a HOME that would write a line of passwd is refused, from wherever it comes" {
	evil=$'/x:/bin/sh\nevil:x:0:0::/:'
	run -1 --separate-stderr ocigen -e HOME="$evil"
	complains '--env: HOME has a control character'
	HOME=$evil run -1 --separate-stderr ocigen -e HOME
	complains '--env: HOME has a control character'
	jq -n --arg h "HOME=$evil" '{config: {Env: [$h]}}' >image.json
	run -1 --separate-stderr ocigen --image-config=image.json
	complains 'image.json: /config/Env/0: HOME has a control character'
	env_of -e 'HOME=/x:/bin/sh\nevil' -e OTHER=$'a\nb'
	assert_line 'HOME=/x:/bin/sh\nevil'
}

@test "the environment of ocigen itself changes nothing (F29)" {
	ocigen -e A=1 -- x >plain
	env -i "$(command -v ocigen)" -e A=1 -- x >none
	cmp plain none
	for i in $(seq 2000); do
		export "MANY_$i=value"
	done
	HOME='' TMPDIR=/missing PATH=$PATH: LC_ALL=tr_TR.UTF-8 MALLOC_PERTURB_=85 ocigen -e A=1 -- x >hostile
	cmp plain hostile
}

@test "an entry of a document that has no = is an error that names it" {
	run -1 --separate-stderr process-apply -e A=1 <<<'{"process":{"env":["B=1","AWS_SECRET"]}}'
	complains '/process/env/1'
}

@test "a variable that is not UTF-8 is an error, since a document cannot hold it" {
	X=$'\xff' run -1 --separate-stderr ocigen -e X
	complains 'the value of X is not UTF-8'
	run -2 --separate-stderr ocigen -e $'X=\xff'
	complains 'is not UTF-8'
}
