#!/usr/bin/env bats
# ocirun --isolation=chroot: a step without a runtime is a step like any other.
load lib
load host
load ocirun
load chroot

@test "a step runs, its output and status come through, and nothing is left (B350, B356, B371, B385, R9)" {
	snapshot
	check() {
		run -0 --separate-stderr inside "$1" -- sh -c 'echo out; echo err >&2'
		assert_output out
		assert_equal "$stderr" err
		for status in 0 1 2 125 126 127 128 255; do
			run -"$status" --separate-stderr inside "$1" -- sh -c "exit $status"
			silent
		done
	}
	every check
	left_nothing
}

@test "a command that is not there is 127, one that cannot be executed 126, each with its one line (B382, B383, R9)" {
	local root
	for root in "$HOST/rootfs" ${USER_ROOTFS-}; do
		printf '#!/no/interpreter\n' >"$root/bin/bad-interpreter"
		printf '\177ELF and no more' >"$root/bin/bad-elf"
		echo 'no x' >"$root/bin/plain"
		chmod +x "$root"/bin/bad-*
		chmod 644 "$root/bin/plain"
	done
	check() {
		local command status
		while read -r command status; do
			run -"$status" --separate-stderr inside "$1" -- "$command"
			assert_output ''
			complains "ocirun: $command: "
			assert_equal "${#stderr_lines[@]}" 1
		done <<-'END'
			nothing 127
			/bin/nothing 127
			bin/nothing 127
			/bin/bad-interpreter 127
			/bin/plain 126
			/bin/bad-elf 126
			/etc 126
		END
	}
	every check
}

@test "the command is looked for in the container's own PATH (B382)" {
	check() {
		run -0 --separate-stderr inside "$1" --env=PATH=/nowhere:/usr/elsewhere:/bin -- true
		run -127 --separate-stderr inside "$1" --env=PATH=/nowhere -- true
	}
	every check
}

@test "the environment is the document's and nothing else (B345, B382)" {
	export SECRETVAR=marker
	check() {
		run -0 --separate-stderr inside "$1" --env=A=b -- env
		assert_line A=b
		refute_output --partial marker
		assert_equal "$(grep -vc -e '^PATH=' -e '^A=' -e '^HOSTNAME=' -e '^HOME=' <<<"$output")" 0
	}
	every check
}

@test "its processes, host name and messages are its own (B372, B374)" {
	check() {
		run -0 --separate-stderr inside "$1" -- sh -c 'echo $$; hostname; ps -o pid | tail -n 1; for n in ipc uts pid mnt cgroup user; do readlink /proc/self/ns/$n; done'
		assert_line --index 0 1
		assert_line --index 1 --regexp '^ocipipe-'
		local n
		for n in ipc uts pid mnt; do
			refute_line "$(on_host readlink "/proc/self/ns/$n")"
		done
		[ "$1" = root ] || refute_line "$(on_host readlink /proc/self/ns/user)"
	}
	every check
}

@test "the identity is the document's: ids, groups, capabilities, umask, limits, directory (B348, B349, B373, B376, B378)" {
	check() {
		run -0 --separate-stderr inside "$1" --user=1000:1005 --group-add=44 --umask=0027 --workdir=/var/new -- \
			sh -c 'id -u; id -g; id -G; umask; pwd; grep ^Cap /proc/self/status'
		assert_equal "${lines[0]}" 1000
		assert_equal "${lines[1]}" 1005
		assert_equal "$(tr ' ' '\n' <<<"${lines[2]}" | sort -n | xargs)" '44 1005'
		assert_equal "${lines[3]}" 0027
		assert_equal "${lines[4]}" /var/new
		assert_equal "$(sed 1,5d <<<"$output" | tr '\t' ' ' | xargs)" \
			'CapInh: 0000000000000000 CapPrm: 0000000000000000 CapEff: 0000000000000000 CapBnd: 00000000800405fb CapAmb: 0000000000000000'
	}
	every check
	check() {
		doc "$1" -- sh -c 'ulimit -n; ulimit -Hn; ulimit -c' | ns-apply --network=host |
			resources-apply --ulimit=nofile=100:200 --ulimit=core=0 | mounts-apply >step.json
		run -0 --separate-stderr as "$1" chroot ocirun <step.json
		assert_output $'100\n200\n0'
	}
	every check
}

@test "capabilities are the document's, for root and for others (B378)" {
	local caps='caps-apply --cap-drop=all --cap-add=CHOWN --cap-add=NET_ADMIN'
	check() {
		doc "$1" -- grep ^Cap /proc/self/status | ns-apply --network=host | $caps | mounts-apply >step.json
		run -0 --separate-stderr as "$1" chroot ocirun <step.json
		assert_equal "$(tr '\t' ' ' <<<"$output" | xargs)" \
			'CapInh: 0000000000000000 CapPrm: 0000000000001001 CapEff: 0000000000001001 CapBnd: 0000000000001001 CapAmb: 0000000000000000'
		doc "$1" --user=1000 -- grep ^Cap /proc/self/status | ns-apply --network=host |
			caps-apply --bounding=CHOWN,KILL --permitted=CHOWN,KILL --effective=KILL --inheritable=CHOWN --ambient=CHOWN |
			mounts-apply >step.json
		run -0 --separate-stderr as "$1" chroot ocirun <step.json
		assert_equal "$(tr '\t' ' ' <<<"$output" | xargs)" \
			'CapInh: 0000000000000001 CapPrm: 0000000000000001 CapEff: 0000000000000001 CapBnd: 0000000000000021 CapAmb: 0000000000000001'
	}
	every check
}

@test "the filter is the document's, with and without no_new_privs (B379, B380, B381)" {
	check() {
		local more
		for more in '' --security-opt=no-new-privileges; do
			# shellcheck disable=SC2086 # an option, or none
			doc "$1" $more -- sh -c 'grep -e ^Seccomp: -e ^NoNew /proc/self/status; mkdir /tmp/x; chmod 700 /tmp' |
				ns-apply --network=host | mounts-apply | seccomp-apply --rule=errno=ENOSPC:mkdir --deny=chmod >step.json
			run -1 --separate-stderr as "$1" chroot ocirun <step.json
			assert_line --regexp 'Seccomp:.2'
			assert_line --regexp "NoNewPrivs:.$([ -z "$more" ] && echo 0 || echo 1)"
			complains 'No space left on device'
			complains 'Operation not permitted'
		done
		doc "$1" --security-opt=no-new-privileges -- grep -e ^Seccomp: -e ^NoNew /proc/self/status |
			ns-apply --network=host | seccomp-apply --profile=unconfined | mounts-apply >step.json
		run -0 --separate-stderr as "$1" chroot ocirun <step.json
		assert_line --regexp 'Seccomp:.0'
		assert_line --regexp 'NoNewPrivs:.1'
	}
	every check
}

@test "scheduler, I/O priority, memory policy and personality are the document's (B374)" {
	check() {
		# Of a busy process: nice value and policy; 5 is SCHED_IDLE, 3 SCHED_BATCH.
		run -0 --separate-stderr changed "$1" 'resources-apply --scheduler=batch,nice=7' -- cut -d' ' -f19,41 /proc/self/stat
		assert_output '7 3'
		run -0 --separate-stderr changed "$1" 'resources-apply --scheduler=idle' -- cut -d' ' -f41 /proc/self/stat
		assert_output 5
		run -0 --separate-stderr changed "$1" 'resources-apply --io-priority=best-effort:6' -- busybox ionice -p 1
		assert_output 'best-effort: prio 6'
		run -0 --separate-stderr changed "$1" 'resources-apply --io-priority=idle' -- busybox ionice -p 1
		assert_output --partial idle
		run -0 --separate-stderr changed "$1" 'resources-apply --memory-policy=interleave:0' -- grep -c interleave:0 /proc/self/numa_maps
		[ "$output" -gt 0 ]
		run -0 --separate-stderr changed "$1" 'process-apply --personality=LINUX32' -- sh -c 'cat /proc/self/personality; uname -m'
		assert_output $'00000008\ni686'
		run -0 --separate-stderr changed "$1" 'resources-apply --cpu-affinity=0:0' -- true
		run -125 --separate-stderr changed "$1" 'resources-apply --memory-policy=bind:1000' -- true
		complains '/linux/memoryPolicy: cannot be set'
	}
	every check
	run -0 --separate-stderr changed root 'resources-apply --scheduler=fifo:10' -- cut -d' ' -f40,41 /proc/self/stat
	assert_output '10 1'
	run -125 --separate-stderr changed mapped 'resources-apply --scheduler=fifo:10' -- true
	complains '/process/scheduler: cannot be set: Operation not permitted'
}

@test "a time namespace has the document's clocks (B374)" {
	check() {
		run -0 --separate-stderr changed "$1" 'ns-apply --timens=private --time-offset=boottime=1000000.5 --time-offset=monotonic=7' -- \
			sh -c 'tr -s " " </proc/self/timens_offsets; cut -d. -f1 /proc/uptime; readlink /proc/self/ns/time'
		assert_line --index 0 'monotonic 7 0'
		assert_line --index 1 'boottime 1000000 500000000'
		[ "${lines[2]}" -ge 1000000 ]
		[ "${lines[3]}" != "$(on_host readlink /proc/self/ns/time)" ]
	}
	every check
	run -125 --separate-stderr changed root 'ns-apply --timens=private --time-offset=boottime=1 | ocipatch --set=/linux/timeOffsets/boottime/secs=9000000000000000000' -- true
	complains '/linux/timeOffsets/boottime: cannot be moved'
}
