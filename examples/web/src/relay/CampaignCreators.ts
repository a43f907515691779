import { graphql } from "react-relay";

/** A campaign's creators, page by page: `usePaginationFragment` asks for the next one by itself. */
export const campaignCreators = graphql`
  fragment CampaignCreators_campaign on Campaign
  @refetchable(queryName: "CampaignCreatorsPaginationQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 50 }, cursor: { type: "String" }) {
    name
    creators(first: $count, after: $cursor, orderBy: { field: UNIQUE_CLICKS, direction: DESC })
      @connection(key: "CampaignCreators_creators") {
      edges {
        node {
          stage
          creator {
            handle
          }
        }
        performance {
          metrics {
            uniqueClicks
            conversions
            netValue {
              amount
              currency
            }
          }
        }
      }
    }
  }
`;
