import { ApolloClient, HttpLink, InMemoryCache, type TypePolicies } from "@apollo/client";
import { relayStylePagination } from "@apollo/client/utilities";

import possibleTypes from "../generated/possible-types";

/** Pages of one list are one list in the cache, as long as everything but the page is the same. */
const paged = (...keyArgs: string[]) => relayStylePagination(keyArgs);
const ordered = paged("filter", "orderBy");

export const typePolicies: TypePolicies = {
  Query: {
    fields: {
      campaigns: ordered,
      clicks: ordered,
      contacts: ordered,
      creatives: ordered,
      creators: ordered,
      domains: ordered,
      imports: ordered,
      links: ordered,
      messages: ordered,
      offers: ordered,
      users: ordered,
      // What a page asked for by id may be in the cache already, under that id.
      campaign: { read: (_, { args, toReference }) => toReference({ __typename: "Campaign", id: args?.id }) },
    },
  },
  Account: { merge: true },
  Campaign: { fields: { creators: paged("filter", "orderBy", "range"), links: ordered } },
  CampaignCreator: { fields: { links: ordered } },
  Creator: { fields: { campaigns: ordered, links: ordered, notices: ordered, posts: ordered } },
  Import: { fields: { problems: ordered } },
  Link: { fields: { clicks: ordered } },
  Message: { fields: { texts: ordered } },
  // Counts have no id of their own: they belong to the node that they were asked of.
  Metrics: { merge: true },
  Report: { merge: false },
};

export function createClient(url: string, sessionToken: string): ApolloClient {
  return new ApolloClient({
    cache: new InMemoryCache({ possibleTypes: possibleTypes.possibleTypes, typePolicies }),
    link: new HttpLink({ uri: url, headers: { authorization: `Bearer ${sessionToken}` } }),
  });
}
