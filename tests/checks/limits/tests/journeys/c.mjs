await page.waitForURL(x, { timeout: 30000 });
await page.waitForURL(x, { timeout: 600000 });
