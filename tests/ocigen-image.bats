#!/usr/bin/env bats
# ocigen: image configurations, commands, entry points.
# shellcheck disable=SC2016,SC1003,SC2030,SC2031,SC2154 # jq's variables, make's backslashes, bats's own
load lib

prepare() {
	make_rootfs
	cat >image.json <<-'END'
		{"created": "2024-01-02T03:04:05Z", "author": "A <a@b>", "architecture": "arm64",
		 "variant": "v8", "os": "linux", "os.version": "1", "os.features": ["f", "g"],
		 "config": {
		   "User": "bob:video", "WorkingDir": "/srv/app",
		   "Env": ["PATH=/app/bin:/bin", "LANG=C", "LANG=C.UTF-8", "EMPTY="],
		   "Entrypoint": ["/entry", "-v"], "Cmd": ["serve", "all"], "Shell": ["/bin/bash", "-ec"],
		   "Labels": {"maintainer": "m", "org.opencontainers.image.author": "label wins"},
		   "StopSignal": "SIGINT", "ExposedPorts": {"8080/tcp": {}, "53/udp": {}},
		   "Volumes": {"/var/lib/b": {}, "/data": {}}, "Hostname": "img"},
		 "rootfs": {"type": "layers", "diff_ids": []}, "history": []}
	END
}

args_are() {
	holds --argjson a "$1" '.process.args == $a'
}

@test "an image's configuration becomes process and annotations, as the image-spec says" {
	run -0 --separate-stderr ocigen --rootfs=rootfs --image-config=image.json
	silent
	args_are '["/entry", "-v", "serve", "all"]'
	holds '.process.env[:3] == ["PATH=/app/bin:/bin", "LANG=C.UTF-8", "EMPTY="]'
	holds '.process.cwd == "/srv/app"'
	holds '.process.user == {"uid": 1001, "gid": 44, "additionalGids": [44]}'
	holds '.process.capabilities | keys == ["bounding"]'
	holds '.annotations == {"maintainer": "m", "org.opencontainers.image.author": "label wins",
		"org.opencontainers.image.os": "linux", "org.opencontainers.image.architecture": "arm64",
		"org.opencontainers.image.variant": "v8", "org.opencontainers.image.os.version": "1",
		"org.opencontainers.image.os.features": "f,g",
		"org.opencontainers.image.created": "2024-01-02T03:04:05Z",
		"org.opencontainers.image.stopSignal": "SIGINT",
		"org.opencontainers.image.exposedPorts": "53/udp,8080/tcp"}'
	holds '.ocipipe.rootfs == {"volumes": ["/data", "/var/lib/b"]}'
	holds '.ocipipe.inputs | index("image.json")'
	run -0 --separate-stderr sh -c 'ocigen --rootfs=rootfs --image-config=- <image.json'
	holds '.process.cwd == "/srv/app"'
}

@test "an image's host name is the container's (B075)" {
	run -0 --separate-stderr ocigen --image-config=image.json -u 0 -- x
	holds '.hostname == "img" and (.process.env | index("HOSTNAME=img"))'
	run -0 --separate-stderr process-apply --image-config=image.json -u 0 <<<'{"hostname":"h"}'
	holds '.hostname == "h"'
	holds '[.process.env[] | select(startswith("HOSTNAME"))] == []'
	jq '.config.Hostname = "a\nb"' image.json >bad.json
	run -1 --separate-stderr ocigen --image-config=bad.json -u 0 -- x
	complains 'bad.json: /config/Hostname'
}

@test "the command line counts more than the image" {
	run -0 --separate-stderr ocigen --rootfs=rootfs --image-config=image.json -u alice -w /w \
		-e LANG=x --unsetenv=EMPTY --annotation=maintainer=me --unsetannotation=org.opencontainers.image.created -- id
	args_are '["/bin/id"]'
	holds '.process.user.uid == 1000 and .process.cwd == "/w"'
	holds '.process.env[:2] == ["PATH=/app/bin:/bin", "LANG=x"]'
	holds '.annotations.maintainer == "me"'
	holds '.annotations | has("org.opencontainers.image.created") | not'
}

@test "a command replaces Cmd and Entrypoint, as RUN does (B022, B027)" {
	run -0 --separate-stderr ocigen --image-config=image.json -u 0 -- make all
	args_are '["make", "all"]'
	run -0 --separate-stderr ocigen --image-config=image.json -u 0
	args_are '["/entry", "-v", "serve", "all"]'
}

@test "--entrypoint puts the image's or another one before it, as podman run does" {
	run -0 --separate-stderr ocigen --image-config=image.json -u 0 --entrypoint -- make all
	args_are '["/entry", "-v", "make", "all"]'
	run -0 --separate-stderr ocigen --image-config=image.json -u 0 --entrypoint
	args_are '["/entry", "-v", "serve", "all"]'
	run -0 --separate-stderr ocigen --image-config=image.json -u 0 --entrypoint=/init -- a
	args_are '["/init", "a"]'
	run -0 --separate-stderr ocigen --image-config=image.json -u 0 --entrypoint=/init
	args_are '["/init"]'
	run -0 --separate-stderr ocigen --image-config=image.json -u 0 '--entrypoint=["/init", "-x y"]' -- a
	args_are '["/init", "-x y", "a"]'
	run -0 --separate-stderr ocigen --image-config=image.json -u 0 --entrypoint=
	args_are '["serve", "all"]'
	run -0 --separate-stderr ocigen --entrypoint=/init -- a
	args_are '["/init", "a"]'
	run -2 --separate-stderr ocigen --entrypoint -- a
	complains '--entrypoint: needs --image-config'
}

@test "--shell gives one string to the image's shell or to /bin/sh (B027)" {
	run -0 --separate-stderr ocigen --shell -- 'a && b'
	args_are '["/bin/sh", "-c", "a && b"]'
	run -0 --separate-stderr ocigen --image-config=image.json -u 0 --shell -- 'a && b'
	args_are '["/bin/bash", "-ec", "a && b"]'
	run -2 --separate-stderr ocigen --shell -- a b
	complains 'takes a command of one word'
	run -2 --separate-stderr ocigen --shell --entrypoint=x -- a
	complains '--shell: cannot be with --entrypoint'
}

@test "a command is looked up in the root filesystem by the container's PATH (B023, B026)" {
	mkdir -p rootfs/opt/bin rootfs/opt/dir/tool rootfs/w/rel
	for file in opt/bin/tool w/tool w/rel/reltool; do
		printf '#!/bin/sh\n' >"rootfs/$file"
		chmod 755 "rootfs/$file"
	done
	printf x >rootfs/opt/plain
	ln -s nowhere rootfs/opt/dangling
	look() {
		run -0 --separate-stderr ocigen --rootfs=rootfs -e "PATH=$1" -w /w -- "$2" arg
		args_are "[\"$3\", \"arg\"]"
	}
	look /opt/dir:/opt/bin:/bin tool /opt/bin/tool
	look /opt/plain:/opt: plain plain
	look /opt dangling /opt/dangling
	look '' tool tool
	look /nowhere: tool /w/tool
	look :/opt/bin tool /w/tool
	look rel reltool /w/rel/reltool
	look ../opt/./bin/ tool /w/../opt/bin/tool
	look /nowhere tool tool
	look /opt/bin /opt/bin/missing /opt/bin/missing
	# The last PATH= of a document counts.
	run -0 --separate-stderr process-apply -- tool <<<"{\"root\":{\"path\":\"$PWD/rootfs\"},\"process\":{\"cwd\":\"/\",\"env\":[\"PATH=/bin\",\"PATH=/opt/bin\"]}}"
	args_are '["/opt/bin/tool"]'
}

@test "a name with a slash is left alone (B025)" {
	mkdir -p rootfs/usr/bin/sub
	printf x >rootfs/usr/bin/foo
	printf x >rootfs/usr/bin/sub/foo
	chmod 755 rootfs/usr/bin/foo rootfs/usr/bin/sub/foo
	for name in ./foo sub/foo ../foo; do
		run -0 --separate-stderr ocigen --rootfs=rootfs -w /tmp -- "$name"
		args_are "[\"$name\"]"
	done
}

@test "links on the way to a command end inside the root filesystem (B026)" {
	mkdir real
	printf x >real/outside
	chmod 755 real/outside
	ln -s "$PWD/real" rootfs/out
	ln -s /usr/bin rootfs/in
	printf x >rootfs/usr/bin/inside
	chmod 755 rootfs/usr/bin/inside
	run -0 --separate-stderr ocigen --rootfs=rootfs -e PATH=/out:/in -- outside
	args_are '["outside"]'
	run -0 --separate-stderr ocigen --rootfs=rootfs -e PATH=/out:/in -- inside
	args_are '["/in/inside"]'
}

@test "without a PATH the usual one is searched, and not written (B024)" {
	run -0 --separate-stderr ocigen --rootfs=rootfs --unsetenv=PATH -- cat
	args_are '["/bin/cat"]'
	holds '.process.env == []'
}

@test "a command that is not there is the runtime's to miss: 127" {
	need_root
	for runtime in runc crun; do
		run -127 --separate-stderr on "$runtime" sh -c 'ocigen --rootfs=rootfs -- missing | ocirun'
	done
}

@test "a relative working directory of an image is relative to / (B036, B037)" {
	echo '{"config":{"WorkingDir":"app//x/"}}' >rel.json
	run -0 --separate-stderr ocigen --image-config=rel.json -- x
	holds '.process.cwd == "/app/x"'
	echo '{"config":{"WorkingDir":""}}' >empty.json
	run -0 --separate-stderr ocigen --image-config=empty.json -- x
	holds '.process.cwd == "/"'
	run -0 --separate-stderr ocigen -w //a/./b/ -- x
	holds '.process.cwd == "/a/b"'
}

@test "null and empty members are as if they were not there" {
	for json in '{}' '{"config":{}}' '{"config":null}' \
		'{"config":{"User":"","Env":null,"Cmd":null,"Entrypoint":[],"Labels":null,"Volumes":null,"ExposedPorts":null,"WorkingDir":"","Hostname":"","Shell":null},"author":"","os.features":[]}'; do
		echo "$json" >empty.json
		run -0 --separate-stderr ocigen --image-config=empty.json --compact -- x
		ours=$output
		run -0 --separate-stderr ocigen --compact -- x
		python3 -c 'import json, sys
a, b = map(json.loads, sys.argv[1:]); 
a["ocipipe"].pop("inputs"), b["ocipipe"].pop("inputs", 0); assert a == b, (a, b)' "$ours" "$output"
	done
}

@test "an entry of Env without a value gets nothing of this host (CVE-2026-57231)" {
	export AWS_SECRET=marker-$$
	for entry in HOME '*' 'AWS_*' AWS_SECRET =x ''; do
		jq -n --arg e "$entry" '{config: {Env: ["A=1", $e]}}' >bad.json
		run -1 --separate-stderr ocigen --image-config=bad.json -- x
		complains "bad.json: /config/Env/1: must be NAME=VALUE, but is '$entry'"
		complains "nothing of this host's environment"
		[[ $output$stderr != *marker* ]]
	done
	printf '{"config":{"Env":["A\\u0000B=1"]}}' >bad.json
	run -1 --separate-stderr ocigen --image-config=bad.json -- x
	complains bad.json
}

@test "every wrong type in an image's configuration is an error that names it" {
	local member value
	for member in config config.User config.Env config.Env.0 config.Entrypoint config.Entrypoint.0 config.Cmd config.Cmd.0 \
		config.Shell config.WorkingDir config.Labels config.Labels.l config.StopSignal config.ExposedPorts \
		config.Volumes config.Hostname os architecture author created os.features.0; do
		for value in true 0 -1 1.5 '"x"' '[]' '{}' '[[]]' '[null]' 4294967296 18446744073709551616; do
			jq -n --arg m "$member" --argjson v "$value" \
				'($m | if startswith("os.f") then ["os.features", 0] else split(".") | map(if . == "0" then 0 else . end) end) as $p
				| setpath($p; $v)' >bad.json
			run --separate-stderr ocigen --image-config=bad.json -- x
			case $member=$value in
			*.Env='[]' | *.Entrypoint='[]' | *.Cmd='[]' | *.Shell='[]' | config='{}' | *.Labels='{}' | *Ports='{}' | *Volumes='{}') ;;
			*.Entrypoint.0='"x"' | *.Cmd.0='"x"' | *.User='"x"' | *Dir='"x"' | *.l='"x"' | *Signal='"x"' | *name='"x"') continue ;;
			os='"x"' | architecture='"x"' | author='"x"' | created='"x"' | os.features.0='"x"') ;;
			*)
				[ "$status" -eq 1 ] || fail "$member=$value: status $status"
				complains 'ocigen: bad.json: /'
				continue
				;;
			esac
			[ "$status" -eq 0 ] || fail "$member=$value: $stderr"
		done
	done
}

@test "members that are spelt in another letter case are errors, as Go would take them" {
	for json in '{"Config":{}}' '{"config":{"env":["A=1"]}}' '{"config":{"u\u017fer":"0"}}' '{"OS":"x"}'; do
		echo "$json" >bad.json
		run -1 --separate-stderr ocigen --image-config=bad.json -- x
		complains 'but for letter case'
		complains 'skopeo inspect --config'
	done
	echo '[{"Config":{}}]' >bad.json
	run -1 --separate-stderr ocigen --image-config=bad.json -- x
	complains 'bad.json: must be an object, but is an array'
}

@test "a label without a name is an error, as no annotation can be without one" {
	echo '{"config":{"Labels":{"":"x"}}}' >image.json
	run -1 --separate-stderr ocigen --image-config=image.json -- true
	complains "ocigen: image.json: /config/Labels: has '', which is not a name"
	refute_output
}

@test "a label that commands the runtime is the user's to allow, not the image's" {
	for label in run.oci.hooks.stdout run.oci.keep_original_groups org.systemd.property.ExecStop org.criu.config; do
		jq -n --arg l "$label" '{config: {Labels: {($l): "v", "fine": "1"}}}' >bad.json
		run -1 --separate-stderr ocigen --image-config=bad.json -- x
		complains "bad.json: /config/Labels: the label '$label'"
		complains "--unsetannotation=$label"
		run -0 --separate-stderr ocigen --image-config=bad.json --unsetannotation="$label" -- x
		holds '.annotations == {"fine": "1"}'
		run -0 --separate-stderr ocigen --image-config=bad.json --annotation="$label=mine" -- x
		holds --arg l "$label" '.annotations == {"fine": "1", ($l): "mine"}'
	done
}

@test "an image configuration that is no file is an error at once (F26)" {
	mkfifo fifo
	for file in fifo . missing /dev/zero; do
		run -1 --separate-stderr timeout 20 ocigen --image-config="$file" -- x
		complains "$file"
	done
	printf '{"config":{"User":"a","User":"b"}}' >twice.json
	run -1 --separate-stderr ocigen --image-config=twice.json -- x
	complains twice.json
	head -c 100 image.json >cut.json
	run -1 --separate-stderr ocigen --image-config=cut.json -- x
	complains 'cut.json: line'
}

@test "an image runs: its user, environment, directory and command" {
	need_root
	jq '.config.Entrypoint = ["/bin/sh", "-c"] | .config.Cmd = ["id -u; pwd; echo $LANG"]' image.json >run.json
	for runtime in runc crun; do
		run -0 --separate-stderr on "$runtime" sh -c 'ocigen --rootfs=rootfs --image-config=run.json | ocirun'
		assert_output '1001
/srv/app
C.UTF-8'
		rm -rf rootfs/srv
	done
}
