# The laboratory's own tools in C.

LAB_TOOLS := $(BUILD)/tests/lab/sign $(BUILD)/tests/lab/proxy

lab-tools: $(LAB_TOOLS)

$(BUILD)/tests/lab/sign: $(BUILD)/tests/lab/sign.o
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lldns -lcrypto

$(BUILD)/tests/lab/proxy: $(BUILD)/tests/lab/proxy.o \
		$(BUILD)/tests/lab/proxy_tcp.o
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -luv -lldns

-include $(wildcard $(BUILD)/tests/lab/*.d)

.PHONY: lab-tools
