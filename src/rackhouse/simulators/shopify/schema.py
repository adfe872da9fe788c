"""The part of Shopify's Admin GraphQL schema that the simulator has, in Shopify's own names
(https://shopify.dev/docs/api/admin-graphql/latest)."""

__all__ = ["SCHEMA"]

SCHEMA = """
directive @idempotent(key: String!) on FIELD

scalar DateTime
scalar UnsignedInt64

type Query {
  shop: Shop!
  currentAppInstallation: AppInstallation!
  productVariants(first: Int, after: String): ProductVariantConnection!
  locations(first: Int, after: String): LocationConnection!
  nodes(ids: [ID!]!): [Node]!
  orders(first: Int, after: String, query: String, sortKey: OrderSortKeys): OrderConnection!
}

type Mutation {
  inventorySetQuantities(input: InventorySetQuantitiesInput!): InventorySetQuantitiesPayload
}

enum OrderSortKeys { CREATED_AT ID UPDATED_AT }
enum RefundLineItemRestockType { CANCEL LEGACY_RESTOCK NO_RESTOCK RETURN }
enum FulfillmentStatus { CANCELLED ERROR FAILURE SUCCESS }

interface Node { id: ID! }

type Shop { name: String! myshopifyDomain: String! }
type AppInstallation { accessScopes: [AccessScope!]! }
type AccessScope { handle: String! }
type PageInfo { hasNextPage: Boolean! endCursor: String }

type ProductVariantConnection { nodes: [ProductVariant!]! pageInfo: PageInfo! }
type ProductVariant implements Node {
  id: ID! legacyResourceId: UnsignedInt64! sku: String displayName: String!
  inventoryItem: InventoryItem!
}
type InventoryItem implements Node {
  id: ID! legacyResourceId: UnsignedInt64! inventoryLevel(locationId: ID!): InventoryLevel
}
type InventoryLevel {
  location: Location! quantities(names: [String!]!): [InventoryQuantity!]!
}
type InventoryQuantity { name: String! quantity: Int! }
type LocationConnection { nodes: [Location!]! pageInfo: PageInfo! }
type Location implements Node { id: ID! legacyResourceId: UnsignedInt64! name: String! }

type OrderConnection { nodes: [Order!]! pageInfo: PageInfo! }
type Order implements Node {
  id: ID! legacyResourceId: UnsignedInt64! name: String! createdAt: DateTime!
  updatedAt: DateTime! cancelledAt: DateTime sourceName: String
  lineItems(first: Int, after: String): LineItemConnection!
  fulfillments(first: Int): [Fulfillment!]!
  refunds(first: Int): [Refund!]!
}
type LineItemConnection { nodes: [LineItem!]! pageInfo: PageInfo! }
type LineItem implements Node {
  id: ID! sku: String quantity: Int! currentQuantity: Int! variant: ProductVariant
}
type Fulfillment {
  status: FulfillmentStatus! fulfillmentLineItems(first: Int): FulfillmentLineItemConnection!
}
type FulfillmentLineItemConnection { nodes: [FulfillmentLineItem!]! }
type FulfillmentLineItem { quantity: Int lineItem: LineItem! }
type Refund {
  legacyResourceId: UnsignedInt64! createdAt: DateTime
  refundLineItems(first: Int): RefundLineItemConnection!
}
type RefundLineItemConnection { nodes: [RefundLineItem!]! }
type RefundLineItem {
  quantity: Int! restockType: RefundLineItemRestockType! lineItem: LineItem!
}

input InventorySetQuantitiesInput {
  name: String! reason: String! referenceDocumentUri: String
  quantities: [InventoryQuantityInput!]! %(ignore)s
}
input InventoryQuantityInput {
  inventoryItemId: ID! locationId: ID! quantity: Int! %(compared)s
}
type InventorySetQuantitiesPayload { userErrors: [InventorySetQuantitiesUserError!]! }
type InventorySetQuantitiesUserError { code: String field: [String!] message: String! }
"""
