#!/usr/bin/env bats
# git clone over ssh, from a server on a loopback of the test's own, with the relayed agent.
load lib
load host
load ocirun
load ssh

PORT=2222

# A repository, and a server that lets its owner in who has the key.
start_server() {
	local dir=$HOST/server
	rm -rf "$dir"
	mkdir "$dir"
	ssh-keygen -q -t ed25519 -N '' -f "$dir/host"
	cp "$HOST/keys/one.pub" "$dir/authorized"
	cat >"$dir/config" <<-END
		Port $PORT
		ListenAddress 127.0.0.1
		HostKey $dir/host
		PidFile $dir/pid
		AuthorizedKeysFile $dir/authorized
		StrictModes no
		PasswordAuthentication no
		KbdInteractiveAuthentication no
		UsePAM no
	END
	git init -q --bare "$dir/repository"
	git init -q "$dir/work"
	echo precious >"$dir/work/file"
	git -C "$dir/work" add file
	git -C "$dir/work" -c user.name=a -c user.email=a@b commit -qm first
	git -C "$dir/work" push -q "$dir/repository" HEAD:refs/heads/main
	git -C "$dir/repository" symbolic-ref HEAD refs/heads/main
	chown -R "$TEST_USER:" "$dir"
	on_host_as_user /usr/sbin/sshd -f "$dir/config" -E "$dir/log" 3>&-
	for who in root user; do
		mkdir -p "$(rootfs_of "$who")/etc/ssh"
		echo "[127.0.0.1]:$PORT $(cut -d' ' -f1,2 "$dir/host.pub")" >"$(rootfs_of "$who")/etc/ssh/ssh_known_hosts"
	done
}

prepare() {
	[ -n "${TEST_USER-}" ] || skip 'no second user could be made'
	ssh_start
	start_server
	mkdir -p "$HOST/run"
	cd "$HOST/run" || return
	snapshot
}

teardown() {
	stop_agents
	on_host kill "$(cat "$HOST/server/pid")"
}

# clone WHO RUNTIME 'OPTIONS OF MOUNTS-APPLY'
clone() {
	# shellcheck disable=SC2016 # expanded in the container
	NETWORK=host GEN='--env=GIT_EXEC_PATH=/usr/bin --env=PATH=/bin:/usr/bin' ssh_step "$1" "$2" "--tmpfs=/tmp $3" \
		sh -c 'git clone -q --template= "$1" /tmp/clone && cat /tmp/clone/file && ls -a /root | grep -c ssh' sh \
		"ssh://$TEST_USER@127.0.0.1:$PORT$HOST/server/repository"
}

@test "git clone over ssh takes the agent's key, which the container does not have (B195, B198)" {
	export RUNTIMES='runc crun chroot'
	check() {
		run --separate-stderr clone "$1" "$2" '--ssh=default --mount=type=ssh'
		assert_equal "$output $stderr" $'precious\n0 '
	}
	each check
	run --separate-stderr clone user crun "--ssh=default=$HOST/keys/one --mount=type=ssh"
	assert_equal "$output $stderr" $'precious\n0 '
	[ "$(grep -c 'Accepted publickey' "$HOST/server/log")" -eq 10 ]
	left_nothing
}

@test "with another key, or without an agent, it is refused" {
	run -128 --separate-stderr clone root runc "--ssh=default=$HOST/keys/two --mount=type=ssh"
	complains 'Permission denied (publickey)'
	run -128 --separate-stderr clone root runc ''
	complains 'Permission denied (publickey)'
	left_nothing
}
