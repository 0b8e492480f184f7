# The migrations of sql/, with number, name, SHA-256 and text, as a C table.

MIGRATIONS := $(sort $(wildcard sql/[0-9][0-9][0-9]_*.sql))

# The folder too: a file may be renamed or gone.
$(BUILD)/store/migrations.inc: $(MIGRATIONS) sql store/migrations.mk
	@mkdir -p $(@D)
	@{ for file in $(MIGRATIONS); do \
		name=$${file##*/}; \
		echo "static const unsigned char TEXT_$${name%%_*}[] = {"; \
		od -An -v -tx1 $$file | sed 's/ \(..\)/0x\1,/g'; \
		echo "0};"; \
	done; \
	echo "static const struct migration MIGRATIONS[] = {"; \
	for file in $(MIGRATIONS); do \
		name=$${file##*/}; \
		sum=$$(sha256sum <$$file); \
		echo "{\"$$name\", \"$${sum%% *}\", TEXT_$${name%%_*}},"; \
	done; \
	echo "};"; } >$@.new
	@mv $@.new $@

$(BUILD)/store/schema.o: $(BUILD)/store/migrations.inc
