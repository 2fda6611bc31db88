#include "portal/web/page.h"
#include "portal/catalog/catalog.h"
#include "portal/catalog/entity.h"
#include "delivery/application/application.h"
