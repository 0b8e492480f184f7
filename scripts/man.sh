#!/bin/sh
# The manual page: docs/danescan.1.scd with what the program says of its commands
# and exit codes in --help.
#
#   scripts/man.sh PROGRAM >danescan.1
set -eu
program=$1
page=$(dirname "$0")/../docs/danescan.1.scd
command -v scdoc >/dev/null || {
	echo "man: scdoc is missing (package scdoc)" >&2
	exit 3
}

# --help of a command as scdoc: what stands beside an option and its argument is
# their paragraph.
options() {
	awk '
	function plain(text) {
		gsub(/[\\*_#<>`~|]/, "\\\\&", text)
		return text
	}
	function flush() {
		if (text != "")
			print "\t" plain(text) "\n"
		text = ""
	}
	function option(head,   words, count, i, line) {
		count = split(head, words, " ")
		for (i = 1; i <= count; i++) {
			sub(/,$/, "", words[i])
			if (words[i] ~ /^-/)
				line = line (i > 1 ? ", " : "") "*" words[i] "*"
			else
				line = line " _" words[i] "_"
		}
		gsub(/\|/, "\\|", line)
		print line
	}
	/^Usage: / {
		sub(/^Usage: /, "")
		print plain($0) "\n"
		next
	}
	/^\[\.\.\] is|^Exit codes:/ { exit }
	/^[A-Z][A-Za-z ]*:$/ {
		flush()
		print "*" substr($0, 1, length($0) - 1) "*\n"
		inside = 1
		next
	}
	/^  +-/ && inside {
		flush()
		beside = substr($0, 29, 1) == " " && length($0) > 29
		option(beside ? substr($0, 1, 28) : $0)
		text = beside ? substr($0, 30) : ""
		next
	}
	inside && NF {
		sub(/^ +/, "")
		text = text (text == "" ? "" : " ") $0
		next
	}
	!inside { print plain($0) }
	END { flush() }'
}

commands() {
	"$program" --help |
		sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p' |
		while read -r command; do
			printf '## danescan %s\n\n' "$command"
			"$program" "$command" --help | options
		done
}

exit_codes() {
	"$program" --help |
		sed -n '/^Exit codes:/,$s/^  \([0-9]\)  \(.*\)/*\1*\n\t\2\n/p'
}

while IFS= read -r line; do
	case $line in
	@COMMANDS@) commands ;;
	@EXIT@) exit_codes ;;
	*) printf '%s\n' "$line" ;;
	esac
done <"$page" | scdoc
