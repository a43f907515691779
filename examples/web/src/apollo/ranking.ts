import type { ApolloClient } from "@apollo/client";

import { CreatorsByUniqueClicksDocument } from "../generated/graphql";

export type Ranked = {
  handle: string;
  uniqueClicks: number;
  clickThroughRate: number | null;
  conversions: number | null;
  worth: readonly string[];
};

/**
 * The creators of the newest campaign, those who brought the most people first. Conversions are null, and not 0, while
 * nobody could report any. Money has its currency and is never added up across currencies, nor read as a float.
 */
export async function rankCreators(client: ApolloClient): Promise<Ranked[]> {
  const { data } = await client.query({ query: CreatorsByUniqueClicksDocument });
  const newest = data?.campaigns.nodes[0];
  return (newest?.creators.edges ?? []).map(({ node, performance }) => ({
    handle: node.creator.handle,
    uniqueClicks: performance.metrics.uniqueClicks,
    clickThroughRate: performance.clickThroughRate?.value ?? null,
    conversions: performance.metrics.conversions,
    worth: (performance.metrics.netValue ?? []).map(({ amount, currency }) => `${amount} ${currency}`),
  }));
}
