/** One registered URL. The secret is made up. */

const webhook_id = 'whe_01kkm280m0p5v8q2n4x7c3d9rt';
const webhook_url = 'https://clinic.example.com/precert';
const secret = '5f0c2a7b9d3e4f61827394a5b6c7d8e9f00112233445566778899aabbccddeef';
const renewed = '0d1e2f30415263748596a7b8c9dadbecfd0e1f2031425364758697a8b9cadbec';

export const registration = { webhook_url };

export const registered = {
  success: true,
  message: 'Webhook registered successfully',
  webhook_id,
  webhook_url,
  webhook_secret: secret,
  webhook_secret_key: secret,
  webhook: { webhook_id, webhook_url, webhook_secret_key: secret },
};

export const listedWebhooks = {
  success: true,
  webhook_url,
  webhook_urls: [{ id: webhook_id, url: webhook_url }],
  webhook_secret_key: secret,
};

export const removed = { success: true, message: 'Webhook URL removed successfully' };

const rotated = {
  success: true,
  message: 'Webhook secret rotated successfully',
  webhook_secret: renewed,
  webhook_secret_key: renewed,
};

export const rotatedForAll = { ...rotated, webhook: { id: null, secret: renewed } };

export const rotatedByOne = { ...rotated, webhook: { id: webhook_id, secret: renewed } };
