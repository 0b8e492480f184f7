# The pages, templates, styles and scripts of the report, as a C table.

ASSETS := $(sort $(wildcard report/*.xml report/*.xsl report/*.css report/*.js))

# The folder too: a file may be renamed or gone.
$(BUILD)/report/assets.inc: $(ASSETS) report report/assets.mk
	@mkdir -p $(@D)
	@{ i=0; for file in $(ASSETS); do \
		i=$$((i + 1)); \
		echo "static const char DATA_$$i[] = {"; \
		od -An -v -tx1 $$file | sed "s/ \(..\)/'\\\\x\1',/g"; \
		echo "0};"; \
	done; \
	echo "static const struct asset ASSETS[] = {"; \
	i=0; for file in $(ASSETS); do \
		i=$$((i + 1)); \
		echo "{\"$${file##*/}\", DATA_$$i, sizeof(DATA_$$i) - 1},"; \
	done; \
	echo "};"; } >$@.new
	@mv $@.new $@

$(BUILD)/report/assets.o: $(BUILD)/report/assets.inc
