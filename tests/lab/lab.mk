# The laboratory's own tools in C.

LAB_TOOLS := $(addprefix $(BUILD)/tests/lab/,sign proxy compile authority farm)

lab-tools: $(LAB_TOOLS)

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

-include $(wildcard $(BUILD)/tests/lab/*.d)

.PHONY: lab-tools
