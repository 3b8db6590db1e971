# shellcheck shell=bash
# debian.bash - a root filesystem of Debian, and a project to be built in it

# make_debian DIR PACKAGE... - of this host's own packages
make_debian() {
	local to=$1 name
	shift
	mkdir -p "$to/usr"
	for name in bin lib sbin lib64; do
		mkdir "$to/usr/$name"
		ln -s "usr/$name" "$to/$name"
	done
	"$TESTS/debian.py" "$@" >"$to.files"
	tar -C / -cf - --no-recursion -T "$to.files" | tar -C "$to" --keep-directory-symlink -xf -
	mkdir -p "$to"/{etc,run,src,tmp,dev,proc,sys} "$to"/var/lib/dpkg/{info,updates}
	chmod 1777 "$to/tmp"
	: >"$to/var/lib/dpkg/status"
}

# make_project DIR - two files of C and a Makefile, whose program says "built"
make_project() {
	mkdir -p "$1"
	printf 'all: hello\n\t./hello\nhello: main.o words.o\n\t$(CC) -o $@ main.o words.o\n' >"$1/Makefile"
	printf '#include <stdio.h>\nextern const char *words;\nint main(void)\n{\n\treturn puts(words) < 0;\n}\n' >"$1/main.c"
	printf 'const char *words = "built";\n' >"$1/words.c"
}
