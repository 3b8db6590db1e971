#!/usr/bin/env bats
# chroot isolation: nothing gets out, and nothing of the root filesystem is used on the way in.
load lib
load host
load ocirun
load chroot

prepare() {
	[ -e "$HOST/escape" ] || ${CC:-cc} -D_GNU_SOURCE -static -O1 -o "$HOST/escape" "$TESTS/escape.c"
	both install_escape
	CANARY=$HOST/canary
	echo outside >"$CANARY"
}

install_escape() {
	cp "$HOST/escape" "$1/bin/escape"
}

# A process that may do what this machine's root may, without a filter.
strong='caps-apply --cap-add=SYS_ADMIN,SYS_CHROOT,SYS_PTRACE,DAC_READ_SEARCH,NET_ADMIN,FOWNER | seccomp-apply --profile=unconfined'

@test "a second chroot, a trace, a mount, the terminal's input and kept descriptors lead nowhere (R39, CVE-2017-5226, CVE-2016-9962)" {
	exec 7<"$HOST" 8</etc/hostname
	check() {
		local way
		for way in "chroot $CANARY" ptrace terminal mount descriptor; do
			# shellcheck disable=SC2086 # a list of words
			run -0 --separate-stderr inside "$1" -- escape $way
			assert_output in
			[ "${way%% *}" = mount ] && continue # which is allowed to who has the capability
			# shellcheck disable=SC2086 # a list of words
			run -0 --separate-stderr changed "$1" "$strong" -- escape $way
			assert_output in
		done
	}
	every check
}

@test "no process shows its root, its environment or its directory to the container (B350, CVE-2021-3602)" {
	export SECRETVAR=marker-of-the-caller
	check() {
		run --separate-stderr changed "$1" "$strong" -- sh -c "cat /proc/[0-9]*/environ | tr '\\0' '\\n'; ls /proc/[0-9]*/root$CANARY /proc/[0-9]*/cwd$CANARY; ls -d /proc/[0-9]*"
		refute_output --partial marker
		refute_output --partial canary
		assert_line /proc/1
	}
	every check
}

@test "a working directory that leads out is refused (CVE-2024-21626)" {
	local root n
	exec 7<"$HOST" 8</
	for root in "$HOST/rootfs" ${USER_ROOTFS-}; do
		for n in 3 5 7 8 9; do
			ln -sfn "/proc/self/fd/$n" "$root/way$n"
		done
	done
	check() {
		for n in 3 5 7 8 9; do
			run --separate-stderr changed "$1" "ocipatch --set=/process/cwd='\"/way$n\"' --unset=/ocipipe/prepare/0" -- cat "$CANARY" "../${CANARY##*/}"
			[ "$status" -ne 0 ]
			refute_output --partial outside
			run --separate-stderr changed "$1" "ocipatch --set=/process/cwd='\"/proc/self/fd/$n\"' --unset=/ocipipe/prepare/0" -- cat "$CANARY" "../${CANARY##*/}"
			[ "$status" -ne 0 ]
			refute_output --partial outside
		done
	}
	every check
}

@test "what the root filesystem has for resolvers, loaders and shells is not used by us (CVE-2019-14271, CVE-2025-32463, CVE-2022-1227)" {
	local root name
	printf 'void __attribute__((constructor)) f(void){__builtin_trap();}' >evil.c
	${CC:-cc} -shared -fPIC -o evil.so evil.c
	for root in "$HOST/rootfs" ${USER_ROOTFS-}; do
		mkdir -p "$root/lib/x86_64-linux-gnu/gconv" "$root/usr/lib/locale"
		cp evil.so "$root/evil.so"
		cp evil.so "$root/lib/x86_64-linux-gnu/libnss_evil.so.2"
		printf 'passwd: evil\ngroup: evil\nhosts: evil\n' >"$root/etc/nsswitch.conf"
		echo /evil.so >"$root/etc/ld.so.preload"
		for name in newuidmap newgidmap nsenter ocirun runc crun; do
			printf '#!/bin/sh\n: >/tmp/trojan\n' >"$root/bin/$name"
			chmod 755 "$root/bin/$name"
		done
	done
	check() {
		run -0 --separate-stderr inside "$1" --user=alice -- true
		silent
		[ ! -e "$(rootfs_of "$1")/tmp/trojan" ]
	}
	every check
	doc root -- true | ns-apply --network=host | mounts-apply >step.json
	on_host strace -f -qq -o trace -e trace=openat,openat2,pivot_root,execve,open \
		ocirun --isolation=chroot step.json
	# From the pivot to the command that process opens nothing by which code could come.
	awk '/pivot_root\(/ { pid = $1 } pid && $1 == pid { print } pid && $1 == pid && /execve\(/ { exit }' trace >inside
	grep -q 'execve("/bin/true"' inside
	run ! grep -E '"/?(etc|lib|usr|bin|evil)' <(grep -v execve inside)
	for root in "$HOST/rootfs" ${USER_ROOTFS-}; do
		rm -r "$root/etc/nsswitch.conf" "$root/etc/ld.so.preload" "${root:?}/lib" "$root/evil.so" \
			"$root"/bin/{newuidmap,newgidmap,nsenter,ocirun,runc,crun}
	done
}

# A loader of its own, and a command that is the program that executes it.
install_loader() {
	mkdir -p "$1/lib64"
	cp loader "$1/lib64/ld-linux-x86-64.so.2"
	ln -sfn /proc/self/exe "$1/bin/again"
}

remove_loader() {
	rm -r "${1:?}/lib64" "$1/bin/again"
}

@test "a container's root cannot write to the program that started it: it is read-only, or a sealed copy (CVE-2019-5736)" {
	local way
	${CC:-cc} -O1 -static -nostdlib -ffreestanding -fno-stack-protector -o loader "$TESTS/loader.c"
	both install_loader
	# One that may be spoilt.
	cp "$BIN/ocirun" "$HOST/ocirun"
	check() {
		doc "$1" -- again | ns-apply --network=host | mounts-apply | eval "$strong" >"$HOST/document"
		chmod 644 "$HOST/document"
		run -0 --separate-stderr as "$1" chroot "$HOST/ocirun" "$HOST/document"
		assert_output $'Read-only file system, seals -1\nin'
		run --separate-stderr changed "$1" "$strong" -- sh -c 'for p in /proc/[0-9]*; do echo x >>$p/exe; done; true'
		cmp "$BIN/ocirun" "$HOST/ocirun"
		# Traced, an ordinary user could not map ids.
		[ "$1" != user ] || return 0
		# Where it cannot find itself in its own mounts: a copy, which is not even executed by
		# who is not its owner.
		local sealed=$'^(Text file busy|Operation not permitted|Permission denied), seals 15\nin$'
		run --separate-stderr as "$1" chroot strace -f -qq -o /dev/null -e trace=readlink -P /proc/self/exe \
			-e inject=readlink:error=EACCES "$HOST/ocirun" "$HOST/document"
		case $1-$status in
		mapped-126) complains 'Permission denied' ;;
		*-0) [[ $output =~ $sealed ]] || fail "$output" ;;
		*) fail "$status $output $stderr" ;;
		esac
	}
	every check
	both remove_loader
}

@test "a device node in the root filesystem or a volume is no device; one that was asked for is (B375)" {
	local root
	mkdir -p "$HOST/volume"
	for root in "$HOST/rootfs" "$HOST/volume"; do
		[ -e "$root/zero" ] || mknod -m 666 "$root/zero" c 1 5
	done
	check() {
		changed "$1" "mounts-apply -v $HOST/volume:/volume:rw" -- sh -c \
			'head -c 1 /zero || head -c 1 /volume/zero || head -c 1 /dev/zero | wc -c'
	}
	for who in root mapped; do
		run -0 --separate-stderr check "$who"
		assert_output 1
		complains '/zero: Permission denied'
		complains '/volume/zero: Permission denied'
	done
	run -0 --separate-stderr changed root 'devices-apply --device=/dev/zero:/dev/mine' -- sh -c 'head -c 1 /dev/mine | wc -c'
	assert_output 1
	run -0 --separate-stderr changed mapped 'devices-apply --bind --device=/dev/zero:/dev/mine' -- sh -c 'head -c 1 /dev/mine | wc -c'
	assert_output 1
}

@test "the kernel's parameters and what is masked cannot be changed or read (B358, B367, B368, B369, B370)" {
	check() {
		run --separate-stderr inside "$1" -- sh -c '
			for f in /proc/sys/kernel/hostname /proc/sysrq-trigger /sys/kernel/profiling; do
				[ -e $f ] && echo x >$f && echo "wrote $f"
			done
			cat /proc/kcore /proc/keys /proc/timer_list /proc/interrupts /proc/sched_debug
			ls /proc/acpi /sys/firmware /sys/dev/block
			touch /proc/acpi/x /sys/firmware/x && echo "wrote there"
			true'
		# Nothing but the names of the directories, which are empty.
		[[ $output =~ ^(/[a-z/]*:[[:space:]]*)*$ ]] || fail "$output"
		refute_output --partial wrote
		changed "$1" "mounts-apply --mask=/etc --readonly-path=/var" -- sh -c 'ls /etc; touch /var/x 2>/dev/null || echo no' >out
		assert_equal "$(cat out)" no
	}
	every check
}
