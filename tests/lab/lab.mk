# The laboratory's own tools in C.

LAB_TOOLS := $(addprefix $(BUILD)/tests/lab/,sign proxy compile authority farm)

OTHER_RULES := $(BUILD)/tests/lab/other-rules

lab-tools: $(LAB_TOOLS) $(OTHER_RULES)/danescan

$(BUILD)/tests/lab/sign: $(BUILD)/tests/lab/sign.o
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lldns -lcrypto

$(BUILD)/tests/lab/proxy: $(BUILD)/tests/lab/proxy.o \
		$(BUILD)/tests/lab/proxy_tcp.o
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -luv -lldns

$(BUILD)/tests/lab/compile: $(addprefix $(BUILD)/tests/lab/,compile.o \
		compile_zone.o compile_denial.o compile_sign.o zonedb.o)
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lldns -lcrypto -lpthread

$(BUILD)/tests/lab/authority: $(addprefix $(BUILD)/tests/lab/,authority.o \
		authority_tcp.o authority_answer.o zonedb.o)
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -luv -lldns -lcrypto

$(BUILD)/tests/lab/farm: $(addprefix $(BUILD)/tests/lab/,farm.o \
		farm_certificates.o farm_session.o)
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -luv -lssl -lcrypto

# The program with one rule changed, and another version of the rules: a domain
# with some hosts that are protected counts as one without TLSA.
$(OTHER_RULES)/scanner/core/verdict_domain.c: scanner/core/verdict_domain.c
	@mkdir -p $(@D)
	@sed 's/verdict->class = CLASS_PARTIAL;/verdict->class = CLASS_NO_TLSA;/' \
		$< >$@
	@! cmp -s $< $@ || { rm $@; echo "$<: no such rule" >&2; exit 1; }

$(OTHER_RULES)/scanner/core/classifier.h: scanner/core/classifier.h
	@mkdir -p $(@D)
	@sed 's/CLASSIFIER_VERSION = /&1000 + /' $< >$@

$(OTHER_RULES)/verdict_domain.o: $(OTHER_RULES)/scanner/core/verdict_domain.c
$(OTHER_RULES)/reclassify.o: scanner/reclassify.c \
		$(OTHER_RULES)/scanner/core/classifier.h
$(OTHER_RULES)/verdict_domain.o $(OTHER_RULES)/reclassify.o: $(BUILD)/flags
	$(call say,CC)
	$(Q)$(CC) -I$(OTHER_RULES) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ \
		$(firstword $(filter %.c,$^))

$(OTHER_RULES)/danescan: $(BUILD)/scanner/main.o $(OTHER_RULES)/reclassify.o \
		$(OTHER_RULES)/verdict_domain.o $(LIBRARY)
	$(call say,LINK)
	$(Q)$(LINK) $(LDLIBS)

-include $(wildcard $(BUILD)/tests/lab/*.d $(OTHER_RULES)/*.d)

.PHONY: lab-tools
