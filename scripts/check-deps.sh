#!/bin/bash
# Prove the shape of the code: layers, purity, sizes. TAP on standard output,
# every violation as file:line on standard error.
#
#   scripts/check-deps.sh [BUILD]      objects are looked for in BUILD (build)
#
# layers   who may include whom, project headers and libraries both
# purity   the pure files call no I/O, no clock and keep no state: every symbol
#          that they leave undefined is theirs or on the list below
# state    no mutable global or static variable in any object
# sizes    no file over 600 lines, no function over 60
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."
build=${1:-build}

max_file=600
max_function=60

# folder: what it may include from the project (extended regular expressions,
# the longest folder that fits a file decides).
layers='
resolver:      resolver/
store:         store/
report:        report/ store/(buffer|connection|schema|text)\.h
scanner/core:  scanner/core/ resolver/(answer|name|outcome|rdata|reserved)\.h
scanner/core/record.c: scanner/core/ resolver/(answer|name)\.h store/row\.h
scanner/core/record.h: scanner/core/ store/row\.h
scanner/core/record_words.c: scanner/core/ resolver/answer\.h store/row\.h
scanner/core/record_words.h: scanner/core/ store/row\.h
scanner/core/record_extras.c: scanner/core/ store/row\.h
scanner/core/record_extras.h: scanner/core/ store/row\.h
scanner/core/rebuild.c: scanner/core/ resolver/(answer|outcome)\.h store/row\.h
scanner/core/rebuild.h: scanner/core/ store/row\.h
scanner/core/rebuild_extras.c: scanner/core/ store/row\.h
scanner/core/rebuild_extras.h: scanner/core/ store/row\.h
scanner/probe: scanner/probe/ scanner/core/ resolver/(answer|name|rdata)\.h
scanner:       scanner/[a-z_]+\.(h|def) scanner/core/ scanner/probe/ resolver/ store/
scanner/main.c: scanner/ resolver/ store/
scanner/cmd:   scanner/ resolver/ store/
scanner/cmd/report.c: scanner/ report/site\.h resolver/name\.h
'

# header of a library: the folders and files that may include it. The command
# that prints the versions of all libraries may include them all.
libraries='
unbound\.h:    resolver
ares.*\.h:     resolver
ldns/.*:       resolver
idn2\.h:       resolver
libpq-fe\.h:   store report/query
jansson\.h:    store scanner report
libxml/.*:     report
libxslt/.*:    report/render
openssl/(evp|sha)\.h: scanner/core/chain scanner/core/dane scanner/core/certificate scanner/core/hint scanner/core/pkix scanner/probe scanner report/sums report/safename
openssl/.*:    scanner/core/chain scanner/core/dane scanner/core/certificate scanner/core/hint scanner/core/pkix scanner/probe scanner
uv\.h:         scanner/probe scanner
libpsl\.h:     scanner
curl/.*:       scanner
archive.*\.h:  scanner
ini\.h:        scanner
sanitizer/.*:  scanner/core
ut(hash|list|array|string)\.h: resolver store scanner scanner/core scanner/probe
'

# A handler of pthread_atfork has no argument, and the C library's send() none
# for us.
stateful='resolver/child.c resolver/upstream.c'

# The pure files, and what they may call of libc and of libraries.
pure='scanner/core/*.c resolver/answer.c resolver/name.c resolver/rdata.c
	resolver/reserved.c resolver/message.c resolver/outcome.c
	resolver/denial.c resolver/server.c resolver/signature.c
	store/buffer.c store/copy.c store/text.c
	report/visible.c report/safename.c report/cell.c report/format.c
	report/notice.c report/node.c report/chart.c report/chart_key.c
	report/chart_rows.c report/chart_lines.c
	scanner/exposition.c scanner/metrics.c scanner/tally.c'
pure_libc='mem[a-z]+ str[a-z_]+ v?snprintf is[a-z]+ to(upper|lower) __ctype_[a-z_]+
	malloc calloc realloc reallocarray free qsort bsearch abs labs
	abort __assert_fail __stack_chk_fail __errno_location
	inet_(pton|ntop) ntoh[sl] hton[sl] gmtime_r timegm
	floor ceil fmod fmin fmax round log(2|10)? exp2? pow sqrt lround _GLOBAL_OFFSET_TABLE_'
pure_idn='idn2_[a-z0-9_]+'
pure_xml='xml(Strdup|Free|New[A-Za-z]*|AddChild|Set(Ns|Prop)|HasProp|Buffer[A-Za-z]*)'
pure_json='json_(null|integer|real|string)'
pure_ldns='ldns_[a-z0-9_]+'
pure_openssl='(X509|SSL|SSL_CTX|EVP|ASN1|OPENSSL|ERR|CRYPTO|SHA|TLS|d2i|i2d|GENERAL|OBJ|BN|EC|RSA|PEM|BIO|sk)_?[A-Za-z0-9_]*'
impure_openssl='BIO_(new_file|new_fp|new_socket|new_connect|s_file|s_socket|s_connect|new_fd)|(X509|SSL|SSL_CTX)_(.*_(file|dir|path|store)$|load_.*|set_default_verify.*)|SSL_(connect|accept|read|write|set_fd)|X509_cmp_current_time'

count=0
failed=0

# result NAME VIOLATIONS-FILE
result() {
	count=$((count + 1))
	if [ -s "$2" ]; then
		sort -t: -k1,1 -k2,2n -u "$2" >&2
		failed=$((failed + 1))
		echo "not ok $count - check-deps: $1"
	else
		echo "ok $count - check-deps: $1"
	fi
}

sources() {
	find resolver store report scanner -name '*.[ch]' -o -path '*/core/*.def' | sort
}

# path: the entry of a table (key: values) that fits a file best, its values.
lookup() {
	local key values best= found=
	while IFS=: read -r key values; do
		[ -n "$key" ] || continue
		[[ $2 == "$key" || $2 == "$key"/* ]] || continue
		[ ${#key} -gt ${#best} ] && best=$key found=$values
	done <<<"$1"
	echo "$found"
}

check_layers() {
	local file line header may pattern word ok
	grep -nH '^ *# *include' $(sources) | while IFS=: read -r file line header
	do
		case $header in
		*\"*\"*)
			header=${header#*\"} header=${header%%\"*}
			may=$(lookup "$layers" "$file")
			ok=
			for pattern in $may; do
				[[ $header =~ ^$pattern ]] && ok=1
			done
			[ -n "$ok" ] ||
				echo "$file:$line: must not include $header"
			;;
		*\<*\>*)
			header=${header#*<} header=${header%%>*}
			check_library "$file" "$line" "$header"
			;;
		esac
	done
}

# A header that is in no table has to be one of libc's or the kernel's.
check_library() {
	local pattern folders folder name=$3
	while IFS=: read -r pattern folders; do
		[ -n "$pattern" ] && [[ $name =~ ^$pattern$ ]] || continue
		for folder in $folders scanner/cmd/version.c; do
			case $1 in
			"$folder"/core/* | "$folder"/probe/*) ;;
			"$folder" | "$folder"/* | "$folder".[ch]) return 0 ;;
			esac
		done
		echo "$1:$2: this folder must not know <$name>"
		return 0
	done <<<"$libraries"
	grep -qxF "$name" <<<"$libc_headers" ||
		echo "$1:$2: <$name> is of no library that the project uses"
}

# Headers of libc6-dev and linux-libc-dev; the compiler's own besides.
libc_headers=$({
	dpkg-query -L libc6-dev linux-libc-dev 2>/dev/null |
		sed -n 's|^/usr/include/||p' | sed 's|^[a-z0-9_]*-linux-gnu/||'
	printf '%s.h\n' stddef stdint stdbool stdarg stdatomic limits stdalign \
		stdnoreturn float iso646
})

# Line of the first call of a symbol in a file, or of its first mention.
mention() {
	local name=${2#__}
	name=${name%_chk}
	{ grep -nE -m1 "\\b$name *\\(" "$1" || grep -nw -m1 "$name" "$1" ||
		echo 1; } | cut -d: -f1
}

check_purity() {
	local file object symbol allowed defined
	defined=$(for file in $pure; do
		[ ! -e "$build/${file%.c}.o" ] ||
			nm --defined-only -g "$build/${file%.c}.o"
	done | awk 'NF == 3 { print $3 }')
	for file in $pure; do
		object=$build/${file%.c}.o
		[ -e "$file" ] || continue
		[ -e "$object" ] || {
			echo "$file:1: not built: $object is missing"
			continue
		}
		allowed=$(echo $pure_libc)
		case $file in
		resolver/name.c) allowed="$allowed $pure_idn" ;;
		resolver/message.c | resolver/denial.c | resolver/signature.c)
			allowed="$allowed $pure_ldns"
			;;
		scanner/core/chain.c | scanner/core/dane.c | scanner/core/certificate.c | \
			scanner/core/hint.c | scanner/core/pkix.c)
			allowed="$allowed $pure_openssl"
			;;
		esac
		case $file in
		report/node.c | report/chart*.c) allowed="$allowed $pure_xml" ;;
		report/cell.c) allowed="$allowed $pure_json" ;;
		report/safename.c) allowed="$allowed SHA256" ;;
		esac
		allowed="^(__)?(${allowed// /|})(_chk)?$"
		nm -u "$object" | awk '{ print $NF }' | while read -r symbol; do
			grep -qxF -- "$symbol" <<<"$defined" && continue
			[[ $symbol =~ $allowed ]] &&
				! [[ $symbol =~ ^($impure_openssl)$ ]] && continue
			echo "$file:$(mention "$file" "$symbol"): pure file calls $symbol"
		done
	done
}

# Objects in .data and .bss; tables of constants lie in .rodata and
# .data.rel.ro.
check_state() {
	local file object name
	for file in $(sources); do
		object=$build/${file%.c}.o
		[[ $file == *.c && -e $object && " $stateful " != *" $file "* ]] || continue
		objdump -t "$object" |
			awk '$3 == "O" && $4 ~ /^\.(t?data|t?bss)($|\.[^r])/ {
				sub(/\.[0-9]+$/, "", $NF); print $NF }
			     $2 == "O" && $3 == "*COM*" { print $NF }' |
			while read -r name; do
				echo "$file:$(mention "$file" "$name"): mutable variable $name"
			done
	done
}

check_sizes() {
	find resolver store report scanner tests scripts sql Makefile -type f \
		-not -path '*/node_modules/*' \
		\( -name '*.[ch]' -o -name '*.py' -o -name '*.sh' -o -name '*.sql' \
		-o -name '*.mk' -o -name Makefile -o -name '*.x[ms]l' -o -name '*.css' \
		-o -name '*.js' -o -name '*.mjs' \) | sort |
		xargs awk -v max_file=$max_file -v max_function=$max_function '
		FNR == max_file + 1 { print FILENAME ":" FNR ": over " max_file " lines" }
		FNR == 1 { begin = 0 }
		FILENAME ~ /\.[ch]$/ && /^\{/ { begin = FNR }
		FILENAME ~ /\.[ch]$/ && /^\}/ && begin {
			if (FNR - begin + 1 > max_function)
				print FILENAME ":" begin ": function of " \
					FNR - begin + 1 " lines"
			begin = 0
		}'
}

violations=$(mktemp)
trap 'rm -f "$violations"' EXIT
for check in layers purity state sizes; do
	check_$check >"$violations"
	result "$check" "$violations"
done
echo "1..$count"
[ "$failed" = 0 ]
