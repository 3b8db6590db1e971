#!/usr/bin/env bats
# seccomp-apply: what a process meets in a real container.
load lib
load host
load ocirun

# A program that makes the system calls it is told and says how each ended.
make_caller() {
	cat >"$HOST/call.c" <<-'END_OF_C'
		#include <errno.h>
		#include <stdio.h>
		#include <stdlib.h>
		#include <string.h>
		#include <sys/syscall.h>
		#include <unistd.h>

		int main(int argc, char *argv[])
		{
			for (int i = 1; i < argc; i++) {
				long a[7] = { 0 };
				int n = 0;

				for (char *at = strtok(strdup(argv[i]), ","); at && n < 7; at = strtok(NULL, ","))
					a[n++] = strtol(at, NULL, 0);
				errno = 0;
				if (syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]) >= 0)
					errno = 0;
				printf("%s\n", strerror(errno));
			}
			return 0;
		}
	END_OF_C
	gcc -static -o "$HOST/call" "$HOST/call.c"
	cp "$HOST/call" "$HOST/rootfs/bin/call"
	[ -z "${USER_ROOTFS-}" ] || cp "$HOST/call" "$USER_ROOTFS/bin/call"
}

prepare() {
	need_root
	[ -x "$HOST/call" ] || make_caller
}

# number NAME - of a system call here
number() {
	echo "#include <sys/syscall.h>
SYS_$1" | gcc -E -P - | tail -n1
}

# calls NAME[,ARG...]... - as the program wants them
calls() {
	local call
	for call; do
		case $call in
		*,*) echo "$(number "${call%%,*}"),${call#*,}" ;;
		*) number "$call" ;;
		esac
	done
}

# every FUNCTION - for every caller, runtime, and with and without no_new_privs
every() {
	local more
	for more in '' --security-opt=no-new-privileges; do
		each "$1"
	done
}

@test "calls are allowed or fail with the profile's errno, as root and as a user, with and without no_new_privs (B204, B211)" {
	check() {
		# What the kernel itself would say: EBADF, EBADF, success, EFAULT, success, success.
		local list
		mapfile -t list < <(calls getpid vmsplice,-1,0,0,0 migrate_pages,0,0,0,0 socket,16,3,9 \
			io_uring_setup,0,0 personality,0x40000 personality,0xffffffff socket,1,1,0)
		# shellcheck disable=SC2086 # may be nothing
		doc "$1" $more -- call "${list[@]}" >step.json
		run -0 --separate-stderr as "$1" "$2" ocirun <step.json
		assert_output 'Success
Operation not permitted
Operation not permitted
Invalid argument
Function not implemented
Function not implemented
Success
Success'
	}
	every check
}

@test "without a filter the kernel answers itself" {
	check() {
		mapfile -t list < <(calls vmsplice,-1,0,0,0 io_uring_setup,0,0)
		doc "$1" -- call "${list[@]}" | seccomp-apply --profile=unconfined >step.json
		run -0 --separate-stderr as "$1" "$2" ocirun <step.json
		assert_line --index 0 'Bad file descriptor'
		refute_line --index 1 'Function not implemented'
	}
	each check
}

@test "a call that kills dies of SIGSYS, and what was edited holds" {
	check() {
		local kind
		for kind in kill kill-process trap; do
			# shellcheck disable=SC2086 # may be nothing
			doc "$1" $more -- sh -c "call $(number getsid) $(number setsid); echo \$?; call $(number kcmp) $(number getpgrp)" |
				seccomp-apply --rule="$kind:setsid" --rule=errno=EBUSY:kcmp --deny=getpgrp >step.json
			run -0 --separate-stderr as "$1" "$2" ocirun <step.json
			assert_line 159 # 128 + SIGSYS
			assert_line 'Device or resource busy'
			assert_line 'Operation not permitted'
		done
	}
	every check
}

@test "conditions of 64 bits hold in the kernel, and are refused where arguments have 32" {
	run -1 --separate-stderr seccomp-apply --rule='errno=EBUSY:getpriority(a1>=0x100000001)' < <(seccomp-apply <<<'{}')
	complains "on x86 'EBUSY', not 'allowed'"
	check() {
		mapfile -t list < <(calls getpriority,0,0 getpriority,0,0x100000000 getpriority,0,0x100000001)
		doc "$1" -- call "${list[@]}" | jq '.linux.seccomp.architectures = ["SCMP_ARCH_X86_64"]' |
			seccomp-apply --rule='errno=EBUSY:getpriority(a1>=0x100000001)' >step.json
		run -0 --separate-stderr as "$1" "$2" ocirun <step.json
		assert_output 'Success
Success
Device or resource busy'
	}
	each check
}

@test "what --explain says of a call is what happens" {
	doc root -- true | seccomp-apply --rule='errno=EBUSY:getpriority(a1==7)' >step.json
	run -0 --separate-stderr seccomp-apply --explain='getpriority(0,7),getpriority(0,8),vmsplice,io_uring_setup,acct' <step.json
	complains 'getpriority(0,7): EBUSY on amd64'
	complains 'getpriority(0,8): allowed on amd64'
	complains 'vmsplice: EPERM on amd64'
	complains 'io_uring_setup: ENOSYS on amd64'
	complains 'would be allowed with CAP_SYS_PACCT'
	mapfile -t list < <(calls getpriority,0,7 getpriority,0,8 vmsplice,-1,0,0,0 io_uring_setup,0,0)
	jq '.process.args = $ARGS.positional' step.json --args call "${list[@]}" >run.json
	run -0 --separate-stderr as root "${RUNTIMES:-runc}" ocirun <run.json
	assert_output 'Device or resource busy
No such process
Operation not permitted
Function not implemented'
}
