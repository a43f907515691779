// Starts GraphiQL. Key and query may come in the fragment (#key=…&query=…), which a browser sends to no server.
"use strict";

const given = new URLSearchParams(location.hash.slice(1));
const key = given.get("key");
const headers = key ? JSON.stringify({ Authorization: `Bearer ${key}` }, null, 2) : undefined;

function makeSubscriptionClient(connectionParams) {
  const address = new URL("/graphql", location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return graphqlWs.createClient({ url: address.href, connectionParams, lazy: true });
}

async function start() {
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
      defaultQuery: await (await fetch("/graphiql/first_query.graphql")).text(),
      defaultEditorToolsVisibility: "headers",
      isHeadersEditorEnabled: true,
      shouldPersistHeaders: false,
      plugins,
    }),
  );
}

if (window.GraphiQL) start();
