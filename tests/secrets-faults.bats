#!/usr/bin/env bats
# Secrets on a host that refuses something, or is slow, or full of odd things.
load lib
load steps

prepare() {
	make_work
	mkdir "$WORK/data"
	printf 'a secret in a file' >"$WORK/file"
	export TOKEN='a secret in a variable'
}

# step_doc MOUNTS... - $WORK/doc.json, whose command reads the secret a
step_doc() {
	ocigen --rootfs="$WORK/rootfs" -- sh -c 'cat /run/secrets/a' | mounts-apply "$@" --mount=type=secret,id=a >"$WORK/doc.json"
}

# traced STRACE-OPTION... - run it; with -f the worker too, and all that it starts
traced() {
	# A leak cannot be looked for under strace.
	strace -E ASAN_OPTIONS=detect_leaks=0 -qq -e signal=none "$@" ocirun --runtime=runc --run-root="$WORK/run" --data-root="$WORK/data" "$WORK/doc.json"
}

@test "a system call that the host refuses is 125, with the secret's target, and nothing left (R17, R24)" {
	local -A from=([env]='--secret=id=a,env=TOKEN' [file]="--secret=id=a,src=$WORK/file")
	while IFS='|' read -r source all call fault said; do
		step_doc "${from[$source]}"
		# shellcheck disable=SC2086 # an option or none
		run -125 --separate-stderr traced $all -o /dev/null -e "trace=$call" -e "inject=$call:$fault"
		complains "ocirun: secret: $said"
		refute_output
		left_nothing "$call $fault"
	done <<-END
		env||memfd_create|error=EMFILE:when=1|/run/secrets/a: no memory for it: Too many open files
		env||memfd_create|error=ENOMEM:when=1|/run/secrets/a: no memory for it: Cannot allocate memory
		env||fcntl|error=EPERM:when=4|/run/secrets/a: cannot be sealed: Operation not permitted
		file||sendfile|error=EIO:when=1|/run/secrets/a: $WORK/file: cannot be read: Input/output error
		file||sendfile|error=EIO:when=2|/run/secrets/a: $WORK/file: cannot be read: Input/output error
		env|-f|sendfile|error=ENOMEM:when=1|/run/secrets/a: cannot be shown: Cannot allocate memory
		env|-f|mount|error=EPERM:when=3|$WORK/run/secrets: cannot mount a file system in memory: Operation not permitted
		env|-f|fchown|error=EPERM:when=1|/run/secrets/a: cannot be given to 0:0: Operation not permitted
		env|-f|fchmod|error=EPERM:when=1|/run/secrets/a: cannot be given to 0:0: Operation not permitted
	END
}

@test "what sendfile and splice do not take is copied by hand, and reads that are cut short are continued" {
	step_doc --secret=id=a,src="$WORK/file"
	for fault in sendfile:error=EINVAL:when=1 sendfile:error=EINTR:when=1; do
		run -0 --separate-stderr traced -o /dev/null -e trace=sendfile -e "inject=$fault"
		assert_output 'a secret in a file'
	done
	step_doc --secret=id=a,fd=9
	run -0 --separate-stderr traced -o /dev/null -e trace=splice -e inject=splice:error=EINVAL:when=1 9< <(printf 'a secret in a pipe')
	assert_output 'a secret in a pipe'
	run -0 --separate-stderr traced -o /dev/null -e trace=none 9< <(for n in 1 2 3; do printf '%s' "$n" && sleep 0.1; done)
	assert_output 123
	# A pipe that is not to be waited for.
	run -0 --separate-stderr python3 - "$WORK" <<-'END'
		import os, subprocess, sys, time
		ours, theirs = os.pipe2(os.O_NONBLOCK)
		os.dup2(ours, 9)
		work = sys.argv[1]
		with subprocess.Popen(["ocirun", "--runtime=runc", f"--run-root={work}/run", f"--data-root={work}/data",
		                       f"{work}/doc.json"], pass_fds=[9]) as run:
		    for part in b"4", b"56":
		        time.sleep(0.2)
		        os.write(theirs, part)
		    os.close(theirs)
		sys.exit(run.returncode)
	END
	assert_output 456
}

@test "the file is nobody else's before it has its owner and its mode (B190)" {
	step_doc --secret=id=a,env=TOKEN --mount=type=secret,id=a,target=/m,mode=0644,uid=3,gid=4
	run -0 --separate-stderr traced -f -o "$WORK/calls" -y -e trace=openat,write,pwrite64,sendfile,fchown,fchmod
	name=$(printf /m | sha256sum | head -c 16)
	grep -F "/$name>" "$WORK/calls" | sed -E 's/^[0-9]+ +//; s/[0-9]+<[^>]*>(\(deleted\))?/FD/g; s/ += [^ ]*$//' >"$WORK/order"
	diff "$WORK/order" - <<-END
		openat(FD, "$name", O_WRONLY|O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC, 0600)
		sendfile(FD, FD, [0] => [${#TOKEN}], ${#TOKEN})
		fchown(FD, 3, 4)
		fchmod(FD, 0644)
	END
	# It was written once: from the environment into memory without a name.
	grep 'a secret in a' "$WORK/calls" | sed -E 's/^[0-9]+ +//; s/ += .*//; s/[0-9]+<([^>]*)>/\1/' >"$WORK/written"
	assert_equal "$(head -n 1 "$WORK/written")" "write(/memfd:secret(deleted), \"$TOKEN\", ${#TOKEN})"
	run ! grep -v -e 'write(/memfd:secret' -e 'write(pipe:' "$WORK/written" # the command's own output
}

@test "a signal while a descriptor gives nothing yet: nothing was made, and nothing is left" {
	step_doc --secret=id=a,fd=9
	mkfifo "$WORK/slow"
	for signal in TERM INT KILL; do
		run --separate-stderr timeout --signal=$signal 0.5 ocirun --runtime=runc --run-root="$WORK/run" --data-root="$WORK/data" \
			"$WORK/doc.json" 9<>"$WORK/slow"
		[ "$status" -ge 124 ] || fail "$signal: $status"
		[ ! -e "$WORK/run" ]
		left_nothing "$signal"
	done
}

@test "a file that is changed or swapped after it was taken changes nothing; two runs do not meet" {
	step_doc --secret=id=a,src="$WORK/file"
	ocipatch --set=/process/args='["sh","-c","cat /run/secrets/a; echo; read x; cat /run/secrets/a"]' <"$WORK/doc.json" >"$WORK/both.json"
	local -a runs
	for n in 1 2; do
		mkfifo "$WORK/go$n"
		printf 'secret %s' "$n" >"$WORK/file"
		ocirun --runtime=runc --run-root="$WORK/run" --data-root="$WORK/data" "$WORK/both.json" <>"$WORK/go$n" >"$WORK/out$n" 3>&- &
		runs+=($!)
		await grep -q secret "$WORK/out$n"
	done
	rm "$WORK/file"
	ln -s /etc/shadow "$WORK/file"
	for n in 1 2; do
		echo >"$WORK/go$n"
		wait "${runs[n - 1]}"
		assert_equal "$(cat "$WORK/out$n")" "secret $n"$'\n'"secret $n"
	done
}
