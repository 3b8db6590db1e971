# generate.awk - a shell's completion of one tool, from what its --introspect prints
#
#	TOOL --introspect | awk -v shell=bash|zsh|fish -f generate.awk
#
# The introspection has a line for every value, which is all that is relied on here.

# The string on this line, as it is meant.
function text(line) {
	sub(/^ *("[a-z]+": )?"/, "", line)
	sub(/",?$/, "", line)
	gsub(/\\"/, "\"", line)
	gsub(/\\\\/, "\\", line)
	return line
}

# In single quotes, for all three shells.
function quoted(words) {
	if (shell == "fish") {
		gsub(/\\/, "\\\\", words)
		gsub(/'/, "\\'", words)
	} else {
		gsub(/'/, "'\\''", words)
	}
	return "'" words "'"
}

function is_file(arg) {
	return arg ~ /FILE|DIR|PATH|SOCKET|^HOST\[:CONTAINER/
}

# "none", "files" or "words": what may follow --name=.
function kind(n) {
	if (values[n] != "")
		return "words"
	return is_file(arg[n]) ? "files" : "none"
}

/^  "name": / { tool = text($0) }
/^      "names": / { list = "names"; count++ }
/^      "values": \[$/ { list = "values" }
/^      \]/ { list = "" }
/^        "/ {
	if (list == "names")
		names[count] = names[count] (names[count] == "" ? "" : " ") text($0)
	else if (list == "values")
		values[count] = values[count] (values[count] == "" ? "" : " ") text($0)
}
/^      "letter": "/ { letter[count] = text($0) }
/^      "arg": "/ { arg[count] = text($0) }
/^      "help": / { help[count] = text($0) }
/^      "hidden": true/ {
	names[count] = letter[count] = arg[count] = values[count] = ""
	count--
}

function bash_option(n, dashes, i, some) {
	some = split(names[n], word, " ")
	for (i = 1; i <= some; i++) {
		all = all " --" word[i] (arg[n] == "" || arg[n] ~ /^\[/ ? "" : "=")
		dashes = dashes (dashes == "" ? "" : " | ") "--" word[i]
	}
	if (letter[n] != "")
		dashes = dashes " | -" letter[n]
	if (kind(n) == "words")
		cases = cases "\t" dashes ") words=" quoted(values[n]) " ;;\n"
	else if (kind(n) == "files")
		cases = cases "\t" dashes ") files=yes ;;\n"
	else if (arg[n] != "")
		cases = cases "\t" dashes ") ;;\n"
}

function bash(n) {
	for (n = 1; n <= count; n++)
		bash_option(n)
	name = "_" tool
	gsub(/-/, "_", name)
	print "# bash completion of " tool
	print name "() {"
	print "\tlocal word=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]} words= files="
	print "\t# = is a word of its own: --option = value"
	print "\tif [ \"$word\" = = ]; then"
	print "\t\tword="
	print "\telif [ \"$option\" = = ]; then"
	print "\t\toption=${COMP_WORDS[COMP_CWORD - 2]}"
	print "\tfi"
	print "\tCOMPREPLY=()"
	print "\tcase $option in"
	printf "%s", cases
	print "\t*)"
	print "\t\tif [[ $word == -* ]]; then"
	print "\t\t\twords=" quoted(substr(all, 2))
	print "\t\telse"
	print "\t\t\tfiles=yes"
	print "\t\tfi ;;"
	print "\tesac"
	print "\tif [ -n \"$words\" ]; then"
	print "\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")"
	print "\telif [ -n \"$files\" ]; then"
	print "\t\tcompopt -o filenames 2>/dev/null"
	print "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$word\")"
	print "\tfi"
	print "\tif [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then"
	print "\t\tcompopt -o nospace 2>/dev/null"
	print "\tfi"
	print "}"
	print "complete -F " name " " tool
}

# A value's part of a specification for _arguments.
function zsh_value(n) {
	if (arg[n] == "")
		return ""
	if (kind(n) == "words")
		return (arg[n] ~ /^\[/ ? "::" : ":") "value:(" values[n] ")"
	return (arg[n] ~ /^\[/ ? "::" : ":") "value:" (kind(n) == "files" ? "_files" : " ")
}

function zsh(n, i, some, about) {
	print "#compdef " tool
	print "_arguments -s -S \\"
	for (n = 1; n <= count; n++) {
		about = help[n]
		gsub(/\\/, "\\\\&", about)
		gsub(/\[/, "\\\\&", about)
		gsub(/\]/, "\\\\&", about)
		gsub(/:/, "\\\\&", about)
		some = split(names[n], word, " ")
		for (i = 1; i <= some; i++)
			print "\t" quoted("*--" word[i] (arg[n] == "" ? "" : arg[n] ~ /^\[/ ? "=-" : "=") \
				"[" about "]" zsh_value(n)) " \\"
		if (letter[n] != "")
			print "\t" quoted("*-" letter[n] (arg[n] == "" || arg[n] ~ /^\[/ ? "" : "+") \
				"[" about "]" (arg[n] ~ /^\[/ ? "" : zsh_value(n))) " \\"
	}
	print "\t'*:file:_files'"
}

function fish(n, i, some, line) {
	for (n = 1; n <= count; n++) {
		line = "complete -c " tool
		some = split(names[n], word, " ")
		for (i = 1; i <= some; i++)
			line = line " -l " word[i]
		if (letter[n] != "")
			line = line " -s " letter[n]
		if (arg[n] != "" && arg[n] !~ /^\[/)
			line = line " -r" (kind(n) == "files" ? "" : " -f")
		if (kind(n) == "words")
			line = line " -a " quoted(values[n])
		print line " -d " quoted(help[n])
	}
}

END {
	if (tool == "" || count == 0)
		exit 1
	if (shell == "bash")
		bash()
	else if (shell == "zsh")
		zsh()
	else
		fish()
}
