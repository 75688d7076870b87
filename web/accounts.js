// Where a pane's user and tokens come from: the demo users the server hands out, or whoever signed in before in this tab.

const DEMO = '/demo.json';

/** `{accounts: [left, right], conversationId}`, or null where the server doesn't run as a demo. */
export async function demoAccounts() {
  const demo = await fetchDemo();
  return demo && { accounts: demo.users.map(demoAccount), conversationId: demo.conversationId };
}

async function fetchDemo() {
  const response = await fetch(DEMO, { cache: 'no-store' });
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`${DEMO} answered ${response.status}`);
  return response.json();
}

function demoAccount({ accessToken, refreshToken, ...user }) {
  let credentials = { user, accessToken, refreshToken };
  return {
    isDemo: true,
    signedIn: () => credentials,
    keep(renewed) {
      credentials = renewed;
    },
    /** The demo's server gives its users out again, such as after it was started with a new data directory. */
    async recover() {
      const demo = await fetchDemo();
      return demo?.users.find(({ _id }) => _id === user._id) ?? null;
    },
    forget() {
      credentials = null;
    },
  };
}

/** One per pane and tab, so that a reload stays signed in. */
export function storedAccount(side) {
  const key = `natter:${side}`;
  return {
    isDemo: false,
    signedIn: () => JSON.parse(sessionStorage.getItem(key)),
    keep({ user, accessToken, refreshToken }) {
      sessionStorage.setItem(key, JSON.stringify({ user, accessToken, refreshToken }));
    },
    recover: async () => null,
    forget: () => sessionStorage.removeItem(key),
  };
}
