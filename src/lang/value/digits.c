/* Numbers to digits: the shortest that read back. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lang/value/impl.h"

double
pv_power10(int e)
{
	static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
					1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
					1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

	return powers[e];
}

size_t
pv_whole_digits(uint64_t m, char *digits, int *ret_len)
{
	char back[20];
	size_t n = 0, zeros = 0;

	for (; m > 0; m /= 10)
		back[n++] = (char)('0' + m % 10);
	*ret_len = (int)n;
	while (zeros < n && back[zeros] == '0')
		zeros++;
	for (size_t i = zeros; i < n; i++)
		digits[n - 1 - i] = back[i];
	return n - zeros;
}

/* m / 10^k with m < 10^15 is the shortest text whenever it reads back as d. */
static size_t
short_double(double d, char *digits, int *ret_point)
{
	for (int k = 0; k <= 8; k++) {
		double m = d * pv_power10(k);
		int len;

		if (m >= 1e15)
			return 0;
		if (m == floor(m) && m >= 1 && m / pv_power10(k) == d) {
			size_t n = pv_whole_digits((uint64_t)m, digits, &len);

			*ret_point = len - k;
			return n;
		}
	}
	return 0;
}

static bool
reads_back(const char *digits, size_t n, int point, double d)
{
	char text[PV_NUMBER_ROOM + 16];

	memcpy(text, digits, n);
	snprintf(text + n, 16, "e%d", point - (int)n);
	return strtod(text, NULL) == d;
}

/* Adds one to the last digit. */
static void
digits_step(char *digits, size_t n, int *point)
{
	size_t i = n;

	while (i > 0 && digits[i - 1] == '9')
		digits[--i] = '0';
	if (i > 0) {
		digits[i - 1]++;
		return;
	}
	digits[0] = '1';
	++*point;
}

size_t
pv_double_digits(double d, char digits[PV_NUMBER_ROOM], int *ret_point)
{
	char text[48];
	size_t n;
	int exponent;

	d = fabs(d);
	n = short_double(d, digits, ret_point);
	if (n > 0)
		return n;
	/* 15 digits always fit between two normal doubles, 17 tell any two apart. */
	for (n = d < DBL_MIN ? 1 : DBL_DIG; n <= 17; n++) {
		snprintf(text, sizeof(text), "%.*e", (int)n - 1, d);
		digits[0] = text[0];
		if (n > 1)
			memcpy(digits + 1, text + 2, n - 1);
		*ret_point = (int)strtol(strchr(text, 'e') + 1, NULL, 10) + 1;
		if (n == 17 || reads_back(digits, n, *ret_point, d))
			break;
		/* Below a power of two doubles lie closer: the next above may do. */
		if (frexp(d, &exponent) == 0.5) {
			digits_step(digits, n, ret_point);
			if (reads_back(digits, n, *ret_point, d))
				break;
		}
	}
	while (n > 1 && digits[n - 1] == '0')
		n--;
	return n;
}
