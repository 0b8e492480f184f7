/*
 * The version of the rules that turn facts into verdicts: to be raised with
 * every change after which the same facts may give another class, reason,
 * flag, lint, hint, or another word for one.
 */
#ifndef SCANNER_CORE_CLASSIFIER_H
#define SCANNER_CORE_CLASSIFIER_H

enum {
	CLASSIFIER_VERSION = 1
};

#endif
