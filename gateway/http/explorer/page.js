// The token stays in this browser tab: it comes from the field, or from the address behind `#token=`, which is never sent.
// The organization is asked for only where the token is for several.
const KEY = "golden-thread-token";
const ORGANIZATION_KEY = "golden-thread-organization";
const field = document.getElementById("token");
const choice = document.getElementById("organization");
const who = document.getElementById("who");
const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) {
  sessionStorage.setItem(KEY, given);
  history.replaceState(null, "", location.pathname);
}
field.value = sessionStorage.getItem(KEY) || "";

const offer = (organizations, chosen = "") => {
  const empty = new Option("choose an organization", "");
  choice.replaceChildren(empty, ...organizations.map((each) => new Option(each, each, false, each === chosen)));
  choice.hidden = organizations.length === 0;
};
const kept = sessionStorage.getItem(ORGANIZATION_KEY);
offer(kept ? [kept] : [], kept || "");

const address = new URL("/graphql", location.href);
const socket = new URL(address);
socket.protocol = socket.protocol.replace("http", "ws");
const authorization = () => ({
  ...(field.value ? { Authorization: `Bearer ${field.value.trim()}` } : {}),
  ...(choice.value ? { "Golden-Thread-Organization": choice.value } : {}),
});

const ask = async (body, headers = {}) => {
  const response = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...authorization(), ...headers },
    body: JSON.stringify(body),
  });
  return response.json();
};

const subscriptions = graphqlWs.createClient({ url: socket.href, lazy: true, connectionParams: authorization });
const isSubscription = (parameters, options) => {
  const operations = options?.documentAST?.definitions.filter((each) => each.kind === "OperationDefinition") || [];
  const chosen = operations.find((each) => !parameters.operationName || each.name?.value === parameters.operationName);
  return chosen?.operation === "subscription";
};
const fetcher = (parameters, options) =>
  isSubscription(parameters, options)
    ? { subscribe: (sink) => ({ unsubscribe: subscriptions.subscribe(parameters, { ...sink, error: (problem) => sink.error(problem.reason ? new Error(problem.reason) : problem) }) }) }
    : ask(parameters, options?.headers);

const greet = async () => {
  who.textContent = "";
  if (!field.value) return;
  const answer = await ask({ query: "{ organization { name } viewer { person { name } } }" });
  const organizations = answer.errors?.[0]?.extensions?.organizations;
  if (organizations) offer(organizations);
  who.textContent = answer.data
    ? `${answer.data.viewer.person?.name ?? "a service"} · ${answer.data.organization.name}`
    : answer.errors?.[0]?.message ?? "no answer";
};

const FIRST = `# The golden thread of every objective: does it trace back to the purpose, and if not, who must move?
{
  purpose { statement }
  objectives(first: 20) {
    totalCount
    nodes {
      title
      owners { name }
      alignment { state aloud nextStep silentSide { name } }
    }
  }
}
`;

const draw = (version) =>
  root.render(React.createElement(GraphiQL, { key: version, fetcher, defaultQuery: FIRST, shouldPersistHeaders: false }));
const root = ReactDOM.createRoot(document.getElementById("explorer"));
let version = 0;
draw(version);
greet();
const change = () => {
  sessionStorage.setItem(KEY, field.value.trim());
  sessionStorage.setItem(ORGANIZATION_KEY, choice.value);
  draw(++version);
  greet();
};
field.addEventListener("change", () => {
  offer([]);
  change();
});
choice.addEventListener("change", change);
document.getElementById("sign-in").addEventListener("submit", (event) => event.preventDefault());
