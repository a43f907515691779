// Starts GraphiQL. Key and query may come in the fragment (#key=…&query=…), which a browser sends to no server.
"use strict";

const given = new URLSearchParams(location.hash.slice(1));
const key = given.get("key");
const headers = key ? JSON.stringify({ Authorization: `Bearer ${key}` }, null, 2) : undefined;

const FIRST_QUERY = `# Press Ctrl-Enter. The key of this account stands below, under Headers.
query WhoAmI {
  viewer {
    account { name timezone currency }
    scopes
    expiresAt
  }
}
`;

function makeSubscriptionClient(connectionParams) {
  const address = new URL("/graphql", location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return graphqlWs.createClient({ url: address.href, connectionParams, lazy: true });
}

if (window.GraphiQL) {
  const fetcher = GraphiQL.createFetcher({
    url: "/graphql",
    // The key of a subscription is the one that stands under Headers when it starts.
    wsClient: undefined,
    fetch: (url, options) => fetch(url, options),
  });
  const subscribing = (request, options) => {
    const documentAst = options && options.documentAST;
    const isSubscription = documentAst && documentAst.definitions.some(
      (node) => node.kind === "OperationDefinition" && node.operation === "subscription"
        && (!request.operationName || (node.name && node.name.value === request.operationName)),
    );
    if (!isSubscription) return fetcher(request, options);
    const wsClient = makeSubscriptionClient((options && options.headers) || {});
    return GraphiQL.createFetcher({ url: "/graphql", wsClient })(request, options);
  };
  const plugins = window.GraphiQLPluginExplorer ? [GraphiQLPluginExplorer.explorerPlugin()] : [];
  ReactDOM.createRoot(document.getElementById("graphiql")).render(
    React.createElement(GraphiQL, {
      fetcher: subscribing,
      headers,
      query: given.get("query") || undefined,
      defaultQuery: FIRST_QUERY,
      defaultEditorToolsVisibility: "headers",
      isHeadersEditorEnabled: true,
      shouldPersistHeaders: false,
      plugins,
    }),
  );
}
