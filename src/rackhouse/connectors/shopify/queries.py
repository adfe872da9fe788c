"""What Shopify's Admin GraphQL API is asked, as its reference has it
(https://shopify.dev/docs/api/admin-graphql)."""

__all__ = [
    "ACCOUNT",
    "FULFILLMENTS",
    "ITEMS",
    "LEVELS",
    "LINES",
    "ORDERS",
    "PLACES",
    "REFUNDS",
    "SET_COMPARED",
    "SET_FROM",
]

ACCOUNT = """
query Account {
  shop { name myshopifyDomain }
  currentAppInstallation { accessScopes { handle } }
}
"""

ITEMS = """
query Items($first: Int!, $after: String) {
  productVariants(first: $first, after: $after) {
    nodes { legacyResourceId sku displayName inventoryItem { legacyResourceId } }
    pageInfo { hasNextPage endCursor }
  }
}
"""

PLACES = """
query Places($first: Int!, $after: String) {
  locations(first: $first, after: $after) {
    nodes { legacyResourceId name }
    pageInfo { hasNextPage endCursor }
  }
}
"""

LEVELS = """
query Levels($ids: [ID!]!, $place: ID!) {
  nodes(ids: $ids) {
    ... on InventoryItem {
      legacyResourceId
      inventoryLevel(locationId: $place) { quantities(names: ["available"]) { name quantity } }
    }
  }
}
"""

_ORDER = """
fragment Order on Order {
  legacyResourceId
  name
  createdAt
  cancelledAt
  sourceName
  lineItems(first: $lines) {
    nodes { id sku quantity currentQuantity variant { legacyResourceId } }
    pageInfo { hasNextPage endCursor }
  }
  fulfillments(first: $parcels) {
    status
    fulfillmentLineItems(first: $lines) { nodes { quantity lineItem { id } } }
  }
  refunds(first: $parcels) {
    legacyResourceId
    createdAt
    refundLineItems(first: $lines) { nodes { quantity restockType lineItem { id } } }
  }
}
"""

# Queries are paid by what they may find, so a page is of orders as most are.
ORDERS = (
    """
query Orders($first: Int!, $after: String, $query: String!, $lines: Int!, $parcels: Int!) {
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    nodes { ...Order }
    pageInfo { hasNextPage endCursor }
  }
}
"""
    + _ORDER
)

# What one has more of than that is asked for alone.
LINES = """
query Lines($ids: [ID!]!, $lines: Int!, $after: String) {
  nodes(ids: $ids) {
    ... on Order {
      lineItems(first: $lines, after: $after) {
        nodes { id sku quantity currentQuantity variant { legacyResourceId } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""

FULFILLMENTS = """
query Fulfillments($ids: [ID!]!, $lines: Int!, $parcels: Int!) {
  nodes(ids: $ids) {
    ... on Order {
      fulfillments(first: $parcels) {
        status
        fulfillmentLineItems(first: $lines) { nodes { quantity lineItem { id } } }
      }
    }
  }
}
"""

REFUNDS = """
query Refunds($ids: [ID!]!, $lines: Int!, $parcels: Int!) {
  nodes(ids: $ids) {
    ... on Order {
      refunds(first: $parcels) {
        legacyResourceId
        createdAt
        refundLineItems(first: $lines) { nodes { quantity restockType lineItem { id } } }
      }
    }
  }
}
"""

# https://shopify.dev/changelog/compare-and-swap-redesign-for-inventory-set-quantities and
# https://shopify.dev/changelog/making-idempotency-mandatory-for-inventory-adjustments-and-refund-mutations
SET_FROM = """
mutation SetFrom($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    userErrors { code field message }
  }
}
"""

# Before 2026-01 the figure that is compared has another name, and there is no key.
SET_COMPARED = """
mutation SetCompared($input: InventorySetQuantitiesInput!) {
  inventorySetQuantities(input: $input) {
    userErrors { code field message }
  }
}
"""
