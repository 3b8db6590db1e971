#!/usr/bin/env bats
# --ssh and --mount=type=ssh: what the document says of ssh agents.
load lib

made() {
	run --separate-stderr mounts-apply --compact "$@" <<<"${IN-{\}}"
}

@test "every word of an ssh mount, and what is the default (B192, B193, B197, B198, B412)" {
	IN='{"ociVersion":"1.0.2","process":{"cwd":"/w","env":["A=1"]}}'
	made --ssh=default --mount=type=ssh
	holds '.mounts == [{destination:"/run/buildkit/ssh_agent.0",type:"bind",source:"ssh",
		options:["bind","rprivate","nosuid","nodev","noexec","ro"]}]'
	holds '.ocipipe.prepare == [{step:"ssh",mount:"/run/buildkit/ssh_agent.0",id:"default",source:{env:"SSH_AUTH_SOCK"}}]'
	holds '.process.env == ["A=1","SSH_AUTH_SOCK=/run/buildkit/ssh_agent.0"]'
	made --mount=type=ssh,id=k,target=/a/,required=true,mode=37777700666,uid=5,gid=6 --ssh=k=/s
	holds '.mounts[].destination == "/a"'
	holds '.ocipipe.prepare == [{step:"ssh",mount:"/a",id:"k",source:{paths:["/s"]},mode:438,uid:5,gid:6}]'
	for word in target dst destination; do
		made --ssh=default --mount="type=ssh,$word=sock/a" # not in the working directory
		holds '.mounts[].destination == "/sock/a" and .process.env[1] == "SSH_AUTH_SOCK=/sock/a"'
	done
}

@test "required takes the words of Go, and says whether there must be such an id (B187, B192, B194)" {
	for word in 0 f F FALSE false False; do
		made --mount=type=ssh,required=$word
		assert_output '{}'
		silent
	done
	for word in =1 =t =T =TRUE =true =True ''; do
		made --mount=type=ssh,id=none,required$word
		[ "$status" -eq 2 ]
		complains "there is no ssh agent 'none'"
		complains "hint: name it with --ssh=none"
	done
	made --ssh=a --mount=type=ssh
	assert_output '{}'
}

@test "what is not a word of an ssh mount is an error (B192)" {
	while read -r words said; do
		made --ssh=default --ssh=0 --ssh=a/b "--mount=type=ssh,$words"
		[ "$status" -eq 2 ] || fail "$words: $status"
		complains "$said"
	done <<-END
		ro 'ro' is not an option of a mount of type ssh
		nosuid 'nosuid' is not an option of a mount of type ssh
		private 'private' is not an option of a mount of type ssh
		source=/x 'source' is not an option of a mount of type ssh
		from=x 'from' is not an option of a mount of type ssh
		U 'U' is not an option of a mount of type ssh
		sharing=locked 'sharing' is not an option of a mount of type ssh
		size=1 'size' is not an option of a mount of type ssh
		required=yes unknown option 'yes'
		mode 'mode' needs a value
		mode=400x '400x' is not an octal mode
		uid=-1 '-1' is not an id
		gid=4294967295 '4294967295' is not an id
		id= 'id' needs a value
		target=/ the target must not be /
		target=/proc/x the target must not be in /proc
		target=/$(printf 'x%.0s' {1..107}) the target is longer than a socket's name can be
		id=0 needs a target: none is made of the id '0'
		id=a/b needs a target: none is made of the id 'a/b'
	END
	for type in bind,src=/x tmpfs cache; do
		made --mount="type=$type,target=/x,required"
		complains "'required' is not an option of a mount of type"
	done
}

@test "--ssh has an id, then a socket or keys, each entry its own (B412)" {
	made --ssh=a=/1,2,../3 --ssh=b --ssh=c=/x --ssh=c=/s=,t --mount=type=ssh,id=a --mount=type=ssh,id=b --mount=type=ssh,id=c
	holds --arg here "$PWD" '[.ocipipe.prepare[].source] ==
		[{paths:["/1",$here + "/2",$here + "/../3"]},{env:"SSH_AUTH_SOCK"},{paths:["/s=",$here + "/t"]}]'
	while read -r text said; do
		made --ssh="$text"
		[ "$status" -eq 2 ] || fail "$text: $status"
		complains "--ssh: $said"
	done <<-'END'
		=/x '=/x' has no id
		a= has an empty path
		a=/x, has an empty path
		a=,/x has an empty path
	END
}

@test "SSH_AUTH_SOCK is replaced, not doubled, and is where the first one is (B034, B194, B198)" {
	IN='{"process":{"env":["SSH_AUTH_SOCK=/mine","A=1","SSH_AUTH_SOCK=/again"]}}'
	made --ssh=x --ssh=y=/s --mount=type=ssh,id=x --mount=type=ssh,id=y
	holds '.process.env == ["SSH_AUTH_SOCK=/run/buildkit/ssh_agent.x","A=1"]'
	holds '[.mounts[].destination] == ["/run/buildkit/ssh_agent.x","/run/buildkit/ssh_agent.y"]'
	IN=$output
	made --ssh=x --ssh=y=/s --mount=type=ssh,id=x --mount=type=ssh,id=y
	assert_output "$IN"
	made --ssh=z --mount=type=ssh,id=z,target=/z
	holds '.process.env[0] == "SSH_AUTH_SOCK=/run/buildkit/ssh_agent.x" and (.mounts | length) == 3'
	made --remove=/run/buildkit/ssh_agent.x
	holds '.process.env[0] == "SSH_AUTH_SOCK=/run/buildkit/ssh_agent.y"'
	IN=$output
	made --mount=type=bind,src=/etc,target=/run/buildkit/ssh_agent.y
	holds '.process.env == ["A=1"] and .ocipipe.prepare == null'
	# Somebody else's, which says something else: left alone.
	IN=$(process-apply --env=SSH_AUTH_SOCK=/other <<<"$IN")
	made --remove=/run/buildkit/ssh_agent.y
	holds '.process.env == ["SSH_AUTH_SOCK=/other","A=1"]'
	IN='{}'
	made --ssh=x --mount=type=ssh,id=x
	holds '.process == null and (.mounts | length) == 1'
}

@test "of one target the last mount stays, with its own step (B159)" {
	made --ssh=a --ssh=b=/b --mount=type=ssh,id=a,target=/s --mount=type=cache,target=/s --mount=type=ssh,id=b,target=/s
	holds '.ocipipe.prepare == [{step:"ssh",mount:"/s",id:"b",source:{paths:["/b"]}}]'
	holds '(.mounts | length) == 1'
}
