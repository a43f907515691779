import type { ApolloClient } from "@apollo/client";

import { CreatorsByUniqueClicksDocument } from "../generated/graphql";

export type Ranked = { handle: string; uniqueClicks: number; clickThroughRate: number | null };

/** The creators of the newest campaign, those who brought the most people first. */
export async function rankCreators(client: ApolloClient): Promise<Ranked[]> {
  const { data } = await client.query({ query: CreatorsByUniqueClicksDocument });
  const newest = data?.campaigns.nodes[0];
  return (newest?.creators.edges ?? []).map(({ node, performance }) => ({
    handle: node.creator.handle,
    uniqueClicks: performance.metrics.uniqueClicks,
    clickThroughRate: performance.clickThroughRate?.value ?? null,
  }));
}
